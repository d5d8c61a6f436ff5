import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { toChromium, toElectron } from '../addresses.js';
import type { CdpEvent } from '../cdp.js';
import { pack, unpack } from '../page/pack.js';
import {
  hostName,
  pageScripts,
  preloadWorld,
  sendBinding,
  webviewBinding,
  webviewScript,
} from '../page/scripts.js';
import { app } from './app.js';
import { Frames } from './frames.js';
import { preventable, theHost } from './host.js';
import { ipcMain } from './ipc-main.js';
import { openPage, Page, type Target } from './page.js';
import { answerRequest, failRequest, type PausedRequest } from './page-requests.js';
import { applyPermissions } from './permissions.js';
import { type Session, session as sessions } from './session.js';

export interface WebPreferences {
  preload?: string;
  contextIsolation?: boolean;
  session?: Session;
  webviewTag?: boolean;
}

type WindowOpenHandler = (details: { url: string }) => { action: 'allow' | 'deny' };

interface Evaluated {
  result: { value?: unknown; description?: string };
  exceptionDetails?: { text: string; exception?: { description?: string } };
}

let lastId = 0;
const all = new Map<number, WebContents>();

/** A page of the app: a tab of the real Chromium, with the preload script and the app's own protocol. */
export class WebContents extends EventEmitter {
  readonly id: number;
  readonly session: Session;
  readonly #preferences: WebPreferences;
  readonly #type: 'window' | 'webview';
  /** Set up, so that it may be sent somewhere. */
  readonly #ready: Promise<Page>;
  #page: Page | undefined;
  #frames = new Frames('');
  #ownLoad: string | undefined;
  #windowOpenHandler: WindowOpenHandler = () => ({ action: 'allow' });
  /** Addresses of windows that the page wants opened. */
  #wanted: string[] = [];
  #destroyed = false;
  #loading = false;
  #zoomLevel = 0;

  constructor(preferences: WebPreferences, opening: Promise<Target>, type: 'window' | 'webview' = 'window') {
    super();
    this.#type = type;
    lastId += 1;
    this.id = lastId;
    this.#preferences = preferences;
    this.session = preferences.session ?? sessions.defaultSession;
    all.set(this.id, this);
    this.#ready = opening.then((target) => this.#setUp(target));
    this.#ready.catch((error: Error) => {
      if (!this.#destroyed) console.error(`stand-in: a page could not be opened: ${error.message}`);
    });
    app.emit('web-contents-created', {}, this);
  }

  get targetId(): string | undefined {
    return this.#page?.targetId;
  }

  /** Resolves when it is loaded; rejects when it cannot be. */
  async loadURL(url: string): Promise<void> {
    const page = await this.#ready;
    this.#ownLoad = url;
    this.#loading = true;
    const loaded = new Promise<void>((resolve) => this.once('did-finish-load', resolve));
    const address = toChromium(url, theHost().schemes);
    const { errorText } = await page.send<{ errorText?: string }>('Page.navigate', { url: address });
    if (errorText) throw new Error(`${errorText} (-2) loading '${url}'`);
    await loaded;
  }

  reload(): void {
    this.#ownLoad = this.getURL();
    this.#loading = true;
    this.#page?.tell('Page.reload');
  }

  getZoomLevel(): number {
    return this.#zoomLevel;
  }

  setZoomLevel(level: number): void {
    this.#zoomLevel = level;
  }

  getType(): string {
    return this.#type;
  }

  getURL(): string {
    return this.#frames.url;
  }

  isLoading(): boolean {
    return this.#loading;
  }

  isDestroyed(): boolean {
    return this.#destroyed;
  }

  getLastWebPreferences(): WebPreferences {
    return this.#preferences;
  }

  setWindowOpenHandler(handler: WindowOpenHandler): void {
    this.#windowOpenHandler = handler;
  }

  /** What becomes of the window that the page has just opened. */
  decideOnPopup(): { url: string; action: 'allow' | 'deny' } {
    const url = this.#wanted.shift() ?? 'about:blank';
    return { url, action: this.#windowOpenHandler({ url }).action };
  }

  /** Lost, as in Electron, when no page is there to hear it. */
  send(channel: string, ...args: unknown[]): void {
    this.#call(`deliver(${JSON.stringify(channel)}, ${JSON.stringify(pack(args))})`);
  }

  async executeJavaScript(expression: string, userGesture = false): Promise<unknown> {
    const page = await this.#ready;
    const options = {
      awaitPromise: true,
      returnByValue: true,
      userGesture,
      allowUnsafeEvalBlockedByCSP: false,
    };
    const { result, exceptionDetails } = await page.send<Evaluated>('Runtime.evaluate', {
      expression,
      ...options,
    });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  forcefullyCrashRenderer(): void {
    this.#page?.tell('Page.crash');
  }

  close(): void {
    this.destroy();
  }

  destroy(): void {
    if (this.#destroyed) return;
    this.#gone();
    void this.#ready
      .then(({ targetId }) => theHost().cdp.send('Target.closeTarget', { targetId }))
      .catch(() => undefined);
  }

  #gone(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    all.delete(this.id);
    this.emit('destroyed');
  }

  async #setUp(target: Target): Promise<Page> {
    const page = new Page(target);
    const { preload, contextIsolation = true, webviewTag = false } = this.#preferences;
    const source = preload === undefined ? undefined : readFileSync(preload, 'utf8');
    const { main, isolated } = pageScripts(source, contextIsolation);
    this.#page = page;
    this.#frames = new Frames(target.targetId);
    const stop = page.listen((event) => this.#hear(event, page));
    this.once('destroyed', stop);
    const binding = contextIsolation ? { executionContextName: preloadWorld } : {};
    await Promise.all([
      page.send('Page.enable'),
      page.send('Runtime.enable'),
      page.send('Runtime.addBinding', { name: sendBinding, ...binding }),
      page.send('Page.addScriptToEvaluateOnNewDocument', { source: main }),
      isolated === undefined ||
        page.send('Page.addScriptToEvaluateOnNewDocument', { source: isolated, worldName: preloadWorld }),
      webviewTag && page.send('Runtime.addBinding', { name: webviewBinding }),
      webviewTag && page.send('Page.addScriptToEvaluateOnNewDocument', { source: webviewScript }),
      page.send('Fetch.enable', { patterns: [{ urlPattern: '*' }] }),
      applyPermissions(this.session),
      page.send('Runtime.runIfWaitingForDebugger'),
    ]);
    return page;
  }

  #hear(event: CdpEvent, page: Page): void {
    this.#frames.hear(event);
    const { method, params } = event;
    if (method === 'Fetch.requestPaused') void this.#onRequest(params as unknown as PausedRequest, page);
    else if (method === 'Runtime.bindingCalled') void this.#onSent(params as unknown as Sent);
    else if (method === 'Page.windowOpen')
      this.#wanted.push(toElectron(String(params.url), theHost().schemes));
    else if (method === 'Page.frameNavigated') {
      const { id } = params.frame as { id: string };
      if (id === page.targetId) this.emit('did-navigate', {}, this.getURL());
    } else if (method === 'Page.loadEventFired') {
      this.#loading = false;
      this.emit('did-finish-load');
    } else if (method === 'Inspector.targetCrashed') {
      this.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 133 });
    } else if (method === 'Target.targetDestroyed') this.#gone();
  }

  async #onRequest(paused: PausedRequest, page: Page): Promise<void> {
    const isPage = paused.resourceType === 'Document' && paused.frameId === page.targetId;
    const url = toElectron(paused.request.url, theHost().schemes);
    if (isPage && url !== this.#ownLoad) {
      const event = preventable();
      this.emit(paused.redirectedRequestId === undefined ? 'will-navigate' : 'will-redirect', event, url);
      if (event.defaultPrevented) return failRequest(page, paused.requestId, 'Aborted');
    }
    if (isPage) this.#ownLoad = undefined;
    await answerRequest(page, this.session, paused);
  }

  /** A page within the page: the app may refuse it, or it is a page of its own. */
  #attach(src: string): void {
    const event = preventable();
    this.emit('will-attach-webview', event, {}, { src });
    if (event.defaultPrevented) return;
    const guest = new WebContents({}, openPage({ width: 300, height: 150 }), 'webview');
    this.once('destroyed', () => guest.destroy());
    guest.loadURL(src).catch(() => undefined);
  }

  async #onSent({ name, payload, executionContextId }: Sent): Promise<void> {
    if (name === webviewBinding) return this.#attach(payload);
    if (name !== sendBinding) return;
    const { id, channel, args } = unpack(payload) as { id: number; channel: string; args: unknown[] };
    try {
      const frame = this.#frames.frameOf(executionContextId);
      const value = await ipcMain.invoke(channel, this, frame, args);
      this.#call(`reply(${id}, true, ${JSON.stringify(pack(value))})`, executionContextId);
    } catch (error) {
      const words = `Error invoking remote method '${channel}': ${error}`;
      this.#call(`reply(${id}, false, ${JSON.stringify(pack(words))})`, executionContextId);
    }
  }

  #call(call: string, context?: number): void {
    const isIsolated = this.#preferences.contextIsolation ?? true;
    const contextId = context ?? this.#frames.preloadContext(isIsolated);
    if (contextId === undefined || this.#destroyed) return;
    this.#page?.tell('Runtime.evaluate', { expression: `${hostName}?.${call}`, contextId });
  }
}

interface Sent {
  name: string;
  payload: string;
  executionContextId: number;
}

export const webContents = {
  getAllWebContents: () => [...all.values()],
  fromId: (id: number) => all.get(id),
  /** What Playwright finds a window by. */
  fromDevToolsTargetId: (targetId: string) => [...all.values()].find((each) => each.targetId === targetId),
};

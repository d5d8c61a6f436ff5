import { EventEmitter } from 'node:events';
import { app } from './app.js';
import { preventable } from './host.js';
import { openPage, type Target, watchPages } from './page.js';
import { WebContents, type WebPreferences, webContents } from './web-contents.js';

interface WindowOptions {
  show?: boolean;
  x?: number;
  y?: number;
  width?: number;
  height?: number;
  title?: string;
  webPreferences?: WebPreferences;
}

interface Bounds {
  x: number;
  y: number;
  width: number;
  height: number;
}

const all = new Set<BrowserWindow>();
let focused: BrowserWindow | undefined;

/** A window without a screen: it remembers whether it is shown, minimised and in front. */
export class BrowserWindow extends EventEmitter {
  readonly id: number;
  readonly webContents: WebContents;
  #visible: boolean;
  #minimized = false;
  #maximized = false;
  #bounds: Bounds;
  #destroyed = false;

  /** @param popup a page that a page opened */
  constructor(options: WindowOptions = {}, popup?: Target) {
    super();
    const { show = true, x = 0, y = 0, width = 800, height = 600, webPreferences = {} } = options;
    this.#bounds = { x, y, width, height };
    const opening = popup ? Promise.resolve(popup) : openPage({ width, height });
    this.webContents = new WebContents(webPreferences, opening);
    this.id = this.webContents.id;
    this.#visible = show;
    all.add(this);
    if (show) focused = this;
    this.webContents.once('did-finish-load', () => this.emit('ready-to-show'));
    this.webContents.once('destroyed', () => this.#closed());
    app.emit('browser-window-created', {}, this);
  }

  static getAllWindows(): BrowserWindow[] {
    return [...all];
  }

  static getFocusedWindow(): BrowserWindow | null {
    return focused ?? null;
  }

  static fromWebContents(contents: WebContents | undefined): BrowserWindow | null {
    return [...all].find((window) => window.webContents === contents) ?? null;
  }

  static fromId(id: number): BrowserWindow | null {
    return [...all].find((window) => window.id === id) ?? null;
  }

  loadURL(url: string): Promise<void> {
    return this.webContents.loadURL(url);
  }

  show(): void {
    this.#minimized = false;
    if (!this.#visible) {
      this.#visible = true;
      this.emit('show');
    }
    this.focus();
  }

  hide(): void {
    this.#visible = false;
    this.blur();
    this.emit('hide');
  }

  focus(): void {
    if (focused === this) return;
    focused?.blur();
    focused = this;
    this.emit('focus');
  }

  blur(): void {
    if (focused !== this) return;
    focused = undefined;
    this.emit('blur');
  }

  setBounds(bounds: Partial<Bounds>): void {
    this.#bounds = { ...this.#bounds, ...bounds };
    this.emit('move');
    this.emit('resize');
  }

  getBounds(): Bounds {
    return this.#bounds;
  }

  getNormalBounds(): Bounds {
    return this.#bounds;
  }

  maximize(): void {
    this.#maximized = true;
    this.emit('maximize');
  }

  isMaximized(): boolean {
    return this.#maximized;
  }

  minimize(): void {
    this.#minimized = true;
    this.blur();
    this.emit('minimize');
  }

  restore(): void {
    this.#minimized = false;
    this.emit('restore');
    this.focus();
  }

  isVisible(): boolean {
    return this.#visible && !this.#minimized && !this.#destroyed;
  }

  isMinimized(): boolean {
    return this.#minimized;
  }

  isFocused(): boolean {
    return focused === this;
  }

  isDestroyed(): boolean {
    return this.#destroyed;
  }

  /** As a person closes it: the app may keep it. */
  close(): void {
    if (this.#destroyed) return;
    const event = preventable();
    this.emit('close', event);
    if (!event.defaultPrevented) this.destroy();
  }

  destroy(): void {
    this.webContents.destroy();
  }

  #closed(): void {
    this.#destroyed = true;
    this.blur();
    all.delete(this);
    this.emit('closed');
    if (all.size === 0) app.emit('window-all-closed');
  }
}

/** Asks the page that opened a window what shall become of it. */
export function watchWindows(): Promise<void> {
  return watchPages((target, openerId) => {
    const opener = webContents.fromDevToolsTargetId(openerId);
    const { action } = opener?.decideOnPopup() ?? { action: 'deny' };
    const window = new BrowserWindow({}, target);
    if (action === 'deny') window.destroy();
  });
}

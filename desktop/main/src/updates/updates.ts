import { EventEmitter } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { UpdateState } from '@agentfleet/bridge';
import type { AppUpdater } from 'electron-updater';

/** How often it looks by itself, ms. */
const everyMs = 6 * 60 * 60 * 1_000;

/** The part of electron-updater that is used. */
export type Updater = Pick<
  AppUpdater,
  'logger' | 'allowDowngrade' | 'on' | 'checkForUpdates' | 'quitAndInstall'
>;

export interface UpdatesOptions {
  /** Where a packaged app has its own files; electron-builder writes the address of the updates there. */
  resourcesPath: string;
  isPackaged: boolean;
  log(text: string): void;
  /** For tests; electron-updater where it is not given. It is loaded at the first look, so that starting costs nothing. */
  load?: () => Promise<Updater>;
}

/**
 * Looks for new versions and fetches them in the background; one that was fetched is installed when the app quits, or
 * when a person asks.
 *
 * `idle → checking → idle | downloading → ready`, from each of the middle ones also `failed`, which the next look
 * leaves. `unavailable` is for good: there is no address to look at, or this installation cannot replace itself.
 */
export class Updates extends EventEmitter<{ changed: [] }> {
  readonly #options: UpdatesOptions;
  #state: UpdateState = { phase: 'idle', detail: null };
  #updater: Promise<Updater> | undefined;
  #automatic = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: UpdatesOptions) {
    super();
    this.#options = options;
    const configured = options.isPackaged && existsSync(join(options.resourcesPath, 'app-update.yml'));
    if (!configured) {
      this.#state = { phase: 'unavailable', detail: 'This build has no address to take updates from.' };
    }
  }

  get state(): UpdateState {
    return this.#state;
  }

  /** Whether to look by itself. */
  set automatic(on: boolean) {
    if (on === this.#automatic) return;
    this.#automatic = on;
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (!on || this.#state.phase === 'unavailable') return;
    void this.check();
    this.#timer = setInterval(() => void this.check(), everyMs);
    this.#timer.unref();
  }

  /** Never rejects: the state says what came of it. */
  async check(): Promise<void> {
    if (!['idle', 'failed'].includes(this.#state.phase)) return;
    this.#become({ phase: 'checking', detail: null });
    try {
      this.#updater ??= this.#load();
      const found = await (await this.#updater).checkForUpdates();
      // An AppImage that was unpacked, a folder that was copied: nothing will ever be told about it.
      if (found === null) {
        const detail = 'This installation cannot replace itself. Install the new version by hand.';
        this.#become({ phase: 'unavailable', detail });
      }
      // That a download failed is told as an event, too.
      found?.downloadPromise?.catch(() => undefined);
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  /** Ends the app and starts the new version. Only once no session needs it any more. */
  async install(): Promise<void> {
    if (this.#state.phase === 'ready') (await this.#updater)?.quitAndInstall();
  }

  async #load(): Promise<Updater> {
    const { log, load } = this.#options;
    const updater: Updater = load ? await load() : (await import('electron-updater')).autoUpdater;
    updater.logger = { info: () => undefined, warn: log, error: log };
    updater.allowDowngrade = false;
    updater.on('update-available', ({ version }) => this.#become({ phase: 'downloading', detail: version }));
    updater.on('update-not-available', () => this.#become({ phase: 'idle', detail: null }));
    updater.on('update-downloaded', ({ version }) => this.#become({ phase: 'ready', detail: version }));
    updater.on('error', (error) => this.#fail(error));
    return updater;
  }

  /** What was fetched before stays ready. The library's messages go on for pages: the first line says it. */
  #fail({ message }: Error): void {
    if (this.#state.phase === 'ready') return;
    const said = message.split('\n', 1)[0]?.slice(0, 200) ?? '';
    this.#become({ phase: 'failed', detail: said });
  }

  #become(state: UpdateState): void {
    this.#state = state;
    this.emit('changed');
  }
}

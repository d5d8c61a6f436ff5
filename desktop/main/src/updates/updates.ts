import { EventEmitter } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { UpdateState } from '@agentfleet/bridge';
import type { AppUpdater } from 'electron-updater';

/** How often it looks by itself, ms. */
const everyMs = 6 * 60 * 60 * 1_000;

export interface UpdatesOptions {
  /** Where a packaged app has its own files; electron-builder writes the address of the updates there. */
  resourcesPath: string;
  isPackaged: boolean;
  log(text: string): void;
}

/** Looks for new versions, fetches them in the background, installs one when the app quits or a person asks. */
export class Updates extends EventEmitter<{ changed: [] }> {
  readonly #options: UpdatesOptions;
  #state: UpdateState = { phase: 'idle', detail: null };
  #updater: Promise<AppUpdater> | undefined;
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
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (!on || this.#state.phase === 'unavailable') return;
    void this.check();
    this.#timer = setInterval(() => void this.check(), everyMs);
    this.#timer.unref();
  }

  /** Never rejects: the state says what came of it. */
  async check(): Promise<void> {
    if (['unavailable', 'checking', 'downloading', 'ready'].includes(this.#state.phase)) return;
    this.#become({ phase: 'checking', detail: null });
    try {
      this.#updater ??= this.#load();
      await (await this.#updater).checkForUpdates();
    } catch (error) {
      this.#become({ phase: 'failed', detail: (error as Error).message });
    }
  }

  /** Quits and starts the new version. */
  async install(): Promise<void> {
    if (this.#state.phase === 'ready') (await this.#updater)?.quitAndInstall();
  }

  async #load(): Promise<AppUpdater> {
    const { autoUpdater } = await import('electron-updater');
    const { log } = this.#options;
    autoUpdater.logger = { info: () => undefined, warn: log, error: log };
    autoUpdater.allowDowngrade = false;
    autoUpdater.on('update-available', ({ version }) =>
      this.#become({ phase: 'downloading', detail: version }),
    );
    autoUpdater.on('update-not-available', () => this.#become({ phase: 'idle', detail: null }));
    autoUpdater.on('update-downloaded', ({ version }) => this.#become({ phase: 'ready', detail: version }));
    autoUpdater.on('error', ({ message }) => this.#become({ phase: 'failed', detail: message }));
    return autoUpdater;
  }

  #become(state: UpdateState): void {
    this.#state = state;
    this.emit('changed');
  }
}

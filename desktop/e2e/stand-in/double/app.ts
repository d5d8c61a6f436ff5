import { EventEmitter } from 'node:events';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { BrowserWindow } from './browser-window.js';
import { preventable, theHost } from './host.js';
import { lockSingleInstance, type SingleInstance } from './single-instance.js';

interface LoginItem {
  openAtLogin: boolean;
}

/** The module `app`. What happens on the way out is Electron's order: ask, close the windows, tell, end. */
class App extends EventEmitter {
  readonly isPackaged = false;
  readonly commandLine = {
    appendSwitch: () => undefined,
    hasSwitch: (name: string) => this.#switch(name) !== undefined,
  };
  #name = '';
  #ready: (() => void) | undefined;
  readonly #whenReady = new Promise<void>((resolve) => {
    this.#ready = resolve;
  });
  #isReady = false;
  #instance: SingleInstance | undefined;
  #userData: string | undefined;
  #loginItem: LoginItem = { openAtLogin: false };
  #exit: (code: number) => void = (code) => process.exit(code);
  #quitting = false;

  /** @param exit ends what the stand-in has started, then the process */
  start(name: string, exit: (code: number) => void): void {
    if (this.#name === '') this.#name = name;
    this.#exit = exit;
    process.on('SIGTERM', () => this.quit());
    process.on('SIGINT', () => this.quit());
  }

  becomeReady(): void {
    this.#isReady = true;
    this.#ready?.();
    this.emit('ready');
  }

  whenReady(): Promise<void> {
    return this.#whenReady;
  }

  isReady(): boolean {
    return this.#isReady;
  }

  setName(name: string): void {
    this.#name = name;
  }

  getName(): string {
    return this.#name;
  }

  getAppPath(): string {
    return theHost().appPath;
  }

  getPath(name: string): string {
    const home = homedir();
    const config = process.env.XDG_CONFIG_HOME ?? join(home, '.config');
    const userData = this.#userData ?? this.#switch('user-data-dir') ?? join(config, this.#name);
    const paths: Record<string, string> = {
      home,
      appData: config,
      userData,
      logs: join(userData, 'logs'),
      temp: tmpdir(),
      documents: join(home, 'Documents'),
      downloads: join(home, 'Downloads'),
      exe: process.execPath,
    };
    const path = paths[name];
    if (path === undefined) throw new Error(`Failed to get '${name}' path`);
    return path;
  }

  setPath(name: 'userData', path: string): void {
    if (name === 'userData') this.#userData = path;
  }

  requestSingleInstanceLock(): boolean {
    if (this.#instance?.isFirst) return true;
    this.#instance = lockSingleInstance(this.getPath('userData'), (argv, cwd) =>
      this.emit('second-instance', preventable(), argv, cwd),
    );
    return this.#instance.isFirst;
  }

  getLoginItemSettings(): LoginItem & { wasOpenedAtLogin: boolean } {
    return { ...this.#loginItem, wasOpenedAtLogin: false };
  }

  setLoginItemSettings(item: LoginItem): void {
    this.#loginItem = item;
  }

  setBadgeCount(): boolean {
    return true;
  }

  setAsDefaultProtocolClient(): boolean {
    return true;
  }

  focus(): void {
    BrowserWindow.getAllWindows().at(-1)?.focus();
  }

  quit(): void {
    if (this.#quitting) return;
    const event = preventable();
    this.emit('before-quit', event);
    if (event.defaultPrevented) return;
    for (const window of BrowserWindow.getAllWindows()) {
      window.close();
      if (!window.isDestroyed()) return;
    }
    this.#quitting = true;
    this.emit('will-quit', preventable());
    this.exit();
  }

  exit(code = 0): void {
    this.emit('quit', {}, code);
    void (this.#instance?.handedOver ?? Promise.resolve()).then(() => this.#exit(code));
  }

  #switch(name: string): string | undefined {
    return process.argv.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3);
  }
}

export const app = new App();

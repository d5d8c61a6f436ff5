import { homedir } from 'node:os';
import { app } from 'electron';
import { type Autostart, applyAutostart, autostart, refreshAutostart } from './autostart.js';

/** Starting at login, as this system is told of it. An app that runs from a source folder has nothing to start there. */
export class LoginItem {
  readonly #log: (text: string) => void;

  constructor(log: (text: string) => void) {
    this.#log = log;
  }

  /** At the start of the app: what was set up before may lead elsewhere by now. */
  refresh(enabled: boolean): void {
    if (!app.isPackaged) return;
    try {
      refreshAutostart(wanted(enabled));
    } catch (error) {
      this.#log(`The login item cannot be written: ${(error as Error).message}`);
    }
  }

  /** Throws, fit to be shown, when the system refuses. */
  set(enabled: boolean): void {
    if (!app.isPackaged) return;
    try {
      applyAutostart(wanted(enabled), (item) => app.setLoginItemSettings(item));
    } catch (error) {
      throw new Error(`This computer does not take it: ${(error as Error).message}`);
    }
  }
}

function wanted(enabled: boolean): Autostart {
  const { platform, execPath, env } = process;
  return autostart({ enabled, platform, executable: execPath, env, home: homedir() });
}

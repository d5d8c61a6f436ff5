import type { GlobalShortcut } from 'electron';

/** The keys that open *New session* while another program is in front. */
export class QuickLaunch {
  readonly #shortcuts: Pick<GlobalShortcut, 'register' | 'unregister'>;
  readonly #act: () => void;
  /** Empty is none. */
  #keys = '';

  constructor(shortcuts: Pick<GlobalShortcut, 'register' | 'unregister'>, act: () => void) {
    this.#shortcuts = shortcuts;
    this.#act = act;
  }

  /** At the start of the app. What the system refuses by now is written down. */
  refresh(keys: string, log: (text: string) => void): void {
    try {
      this.set(keys);
    } catch (error) {
      log((error as Error).message);
    }
  }

  /** Throws, fit to be shown, when the system does not give these keys; those from before then go on. @param keys empty for none */
  set(keys: string): void {
    if (keys === this.#keys) return;
    if (keys !== '' && !this.#take(keys)) {
      throw new Error('Another program has these keys, or the system keeps them to itself. Choose others.');
    }
    if (this.#keys !== '') this.#shortcuts.unregister(this.#keys);
    this.#keys = keys;
  }

  #take(keys: string): boolean {
    try {
      return this.#shortcuts.register(keys, this.#act);
    } catch {
      return false;
    }
  }
}

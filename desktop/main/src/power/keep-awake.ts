import { powerSaveBlocker } from 'electron';

/** Keeps the machine, not its display, awake while it is told to. */
export class KeepAwake {
  #id: number | undefined;

  set(awake: boolean): void {
    if (awake && this.#id === undefined) this.#id = powerSaveBlocker.start('prevent-app-suspension');
    if (!awake && this.#id !== undefined) {
      powerSaveBlocker.stop(this.#id);
      this.#id = undefined;
    }
  }
}

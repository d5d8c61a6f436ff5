/** How long the same is counted instead of said again, ms. */
const quietMs = 10_000;

/** Given how often it came since it was said last, and whether it is said for the first time since it was quiet. */
type Say = (times: number, isFirst: boolean) => void;

/**
 * Keeps a log readable while the same goes wrong a thousand times a second: it is said at once, then counted, and said again with
 * how often it came since.
 */
export class Repeats {
  readonly #counts = new Map<string, number>();

  /**
   * @param key what is the same
   * @param onQuiet called when it has not come again for a while: it is forgotten
   */
  say(key: string, say: Say, onQuiet: () => void = () => undefined): void {
    const count = this.#counts.get(key);
    if (count !== undefined) return void this.#counts.set(key, count + 1);
    say(1, true);
    this.#wait(key, say, onQuiet);
  }

  #wait(key: string, say: Say, onQuiet: () => void): void {
    this.#counts.set(key, 0);
    setTimeout(() => {
      const count = this.#counts.get(key) ?? 0;
      this.#counts.delete(key);
      if (count === 0) return onQuiet();
      say(count, false);
      this.#wait(key, say, onQuiet);
    }, quietMs).unref();
  }
}

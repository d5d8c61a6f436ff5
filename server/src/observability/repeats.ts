/** How long the same is counted instead of said again, ms. */
const quietMs = 10_000;

/**
 * Keeps a log readable while the same goes wrong a thousand times a second: it is said at once, then counted, and said again with
 * how often it came since.
 */
export class Repeats {
  readonly #counts = new Map<string, number>();

  /** @param key what is the same. @param say given how often it came since it was said last, 1 for the first */
  say(key: string, say: (times: number) => void): void {
    const count = this.#counts.get(key);
    if (count !== undefined) return void this.#counts.set(key, count + 1);
    say(1);
    this.#wait(key, say);
  }

  #wait(key: string, say: (times: number) => void): void {
    this.#counts.set(key, 0);
    setTimeout(() => {
      const count = this.#counts.get(key) ?? 0;
      this.#counts.delete(key);
      if (count === 0) return;
      say(count);
      this.#wait(key, say);
    }, quietMs).unref();
  }
}

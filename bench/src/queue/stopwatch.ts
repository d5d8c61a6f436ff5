/** Counts what is done, and tells the rate between the first and the last of it. */
export class Stopwatch {
  readonly done: Promise<number>;
  readonly #total: number;
  #count = 0;
  #began = performance.now();
  #resolve: (rate: number) => void = () => undefined;

  constructor(total: number) {
    this.#total = total;
    this.done = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  get left(): number {
    return this.#total - this.#count;
  }

  /** One more. `done` resolves with the rate, a second, at the last. */
  tick(): void {
    this.#count += 1;
    if (this.#count === 1) this.#began = performance.now();
    if (this.#count === this.#total)
      this.#resolve(((this.#total - 1) * 1_000) / (performance.now() - this.#began));
  }
}

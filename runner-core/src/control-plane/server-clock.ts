/** How far two good clocks may drift apart, ms for each ms. */
const drift = 1e-4;

/** What is known of the server's clock. All in ms. */
interface Reading {
  /** What the server's clock is ahead of the monotonic one. */
  ahead: number;
  /** How wrong that was at most when it was read. */
  error: number;
  /** When, by the monotonic clock. */
  at: number;
}

/**
 * The time as the server has it, so that what happened on many machines can be read side by side. Between two answers
 * the monotonic clock counts: a wall clock that somebody sets changes nothing. Before the first answer there is only
 * the wall clock.
 */
export class ServerClock {
  /** Resolves once the server has told its time. */
  readonly known: Promise<void>;
  #reading: Reading | undefined;
  #tell: () => void = () => undefined;

  constructor() {
    this.known = new Promise((resolve) => {
      this.#tell = resolve;
    });
  }

  /** ms since 1970. */
  now(): number {
    return this.#reading ? Math.round(performance.now() + this.#reading.ahead) : Date.now();
  }

  /**
   * Takes what an answer says, unless more is known already.
   * @param serverTime as it stands in the answer; what is no time is passed over
   * @param sentAt when the request was sent, by the monotonic clock, ms
   */
  told(serverTime: unknown, sentAt: number): void {
    const time = typeof serverTime === 'string' ? Date.parse(serverTime) : Number.NaN;
    if (Number.isNaN(time)) return;
    const at = performance.now();
    const reading = { ahead: time - (sentAt + at) / 2, error: (at - sentAt) / 2, at };
    if (!this.#reading || isBetter(reading, this.#reading)) this.#reading = reading;
    this.#tell();
  }
}

/** Read in a shorter time than the last one, for its age; or they cannot both be right, as after a sleep. */
function isBetter(reading: Reading, last: Reading): boolean {
  const lastError = last.error + (reading.at - last.at) * drift;
  return reading.error <= lastError || Math.abs(reading.ahead - last.ahead) > reading.error + lastError;
}

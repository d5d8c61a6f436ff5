import type pg from 'pg';
import { every, type Repeated } from '../every.js';

/** How often the database's time is read, ms: two clocks drift apart, or are set. */
const readMs = 30_000;

/** How often it is asked at each reading: the answer that took the least is nearest to it, and the first may open a connection. */
const asks = 3;

const readTime = 'SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS ms';

/**
 * The time of the database, which several servers share: what one makes whose own clock is wrong stands in its place among what
 * the others make. Between two readings it goes on at the pace of this process, whatever is done to the clock of its computer.
 */
export class DatabaseClock {
  readonly #pool: pg.Pool;
  readonly #reading: Repeated;
  /** The database's time, and `performance.now()` at the same moment, ms. */
  #read = { ms: Date.now(), at: performance.now() };

  private constructor(pool: pg.Pool) {
    this.#pool = pool;
    // A database that is away says so to everybody else.
    this.#reading = every(readMs, () => this.#look().catch(() => undefined));
  }

  /** Rejects when the database cannot be asked. */
  static async of(pool: pg.Pool): Promise<DatabaseClock> {
    const clock = new DatabaseClock(pool);
    try {
      await clock.#look();
    } catch (error) {
      await clock.stop();
      throw error;
    }
    return clock;
  }

  /** ms since 1970, a whole number. */
  readonly now = (): number => {
    return Math.round(this.#read.ms + performance.now() - this.#read.at);
  };

  readonly stop = (): Promise<void> => this.#reading.stop();

  async #look(): Promise<void> {
    let least = Number.POSITIVE_INFINITY;
    for (let ask = 0; ask < asks; ask += 1) {
      const asked = performance.now();
      const { rows } = await this.#pool.query<{ ms: number }>(readTime);
      const answered = performance.now();
      const [row] = rows;
      if (!row || answered - asked >= least) continue;
      least = answered - asked;
      this.#read = { ms: row.ms, at: (asked + answered) / 2 };
    }
  }
}

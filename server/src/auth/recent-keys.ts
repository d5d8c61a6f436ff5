import type { Wakeups } from '../db/wakeups.js';

/** How long what was found of a key is believed without asking again, ms. */
export const trustMs = 1_000;
/** Keys remembered at most. */
const mostKept = 10_000;

/**
 * Remembers for a second what the database said of a key, so that a runner that appends, or polls, a hundred times a
 * second does not wait for the database once more each time. Revoking a key makes every server forget: the one that did it at
 * once, the others as soon as they hear of it; where that word is lost, the second runs out. Only what was found is
 * remembered, by the hash of the key.
 */
export class RecentKeys<Row> {
  readonly #find: (hash: Buffer) => Promise<Row | undefined>;
  readonly #now: () => number;
  #known = new Map<string, { row: Row; until: number }>();

  constructor(
    wakeups: Pick<Wakeups, 'listen'>,
    find: (hash: Buffer) => Promise<Row | undefined>,
    now = () => performance.now(),
  ) {
    this.#find = find;
    this.#now = now;
    wakeups.listen('keys', () => {
      this.#known = new Map();
    });
  }

  async find(hash: Buffer): Promise<Row | undefined> {
    const name = hash.toString('base64');
    const known = this.#known.get(name);
    if (known && known.until > this.#now()) return known.row;
    const asked = this.#known;
    const until = this.#now() + trustMs;
    const row = await this.#find(hash);
    if (asked.size >= mostKept) asked.clear();
    // What was asked before a revocation became known belongs to what was forgotten then.
    if (row) asked.set(name, { row, until });
    else asked.delete(name);
    return row;
  }
}

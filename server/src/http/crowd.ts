import { ApiError } from '../errors.js';

/** How long whoever comes may wait behind those who are there, ms: those who call us give up after 15 s. */
const patienceMs = 3_000;
/** So many are never a crowd. */
const few = 300;
/** Over what time it is counted how many are answered, ms. */
const countMs = 1_000;
/** Longest that somebody is told to stay away, s. */
const longestSec = 10;

interface Pace {
  since: number;
  answered: number;
  /** Of the time before: answered in a second; undefined until there was one. */
  perSec: number | undefined;
}

/**
 * The requests that are being answered. Where they are more than can be answered in time, at the pace of the last second, whoever
 * comes is sent away at once, which costs little, instead of waiting until he gives up and his answer is for nobody. It meets orgs that
 * have their share of the crowd there or more: who has less gets in.
 */
export class Crowd {
  readonly #now: () => number;
  readonly #random: () => number;
  readonly #ofOrg = new Map<string, number>();
  #total = 0;
  #pace: Pace;

  /** @param now ms, of a clock that never jumps. @param random 0 to 1 */
  constructor(now: () => number = () => performance.now(), random: () => number = Math.random) {
    this.#now = now;
    this.#random = random;
    this.#pace = { since: now(), answered: 0, perSec: undefined };
  }

  /**
   * Throws UNAVAILABLE, with a time to come again that is another one for each of many.
   * @returns a function that tells that it is answered, or waits for something to happen; repeating it is harmless
   */
  enter(orgId: string): () => void {
    const waitMs = this.#waitMs();
    const own = this.#ofOrg.get(orgId) ?? 0;
    if (waitMs > patienceMs && own >= this.#total / this.#ofOrg.size) {
      // By then those of now are answered, and of those who were sent away as many come at a time as fit in.
      const most = Math.min(longestSec, Math.ceil((2 * waitMs) / 1_000));
      const retryAfterSec = 1 + Math.floor(this.#random() * most);
      const message = `The server has more to do than it can in time. Try again in ${retryAfterSec} s`;
      throw new ApiError('UNAVAILABLE', message, undefined, retryAfterSec);
    }
    this.#total += 1;
    this.#ofOrg.set(orgId, own + 1);
    let isHere = true;
    return () => {
      if (!isHere) return;
      isHere = false;
      this.#leave(orgId);
    };
  }

  /** How long it takes until all who are there are answered, ms; 0 for few. */
  #waitMs(): number {
    const perSec = this.#turnPage();
    if (this.#total < few) return 0;
    // Until the pace is known it is taken for a low one.
    return (this.#total / Math.max(perSec ?? few, 1)) * 1_000;
  }

  #leave(orgId: string): void {
    this.#turnPage();
    this.#pace.answered += 1;
    this.#total -= 1;
    const left = (this.#ofOrg.get(orgId) ?? 1) - 1;
    if (left > 0) this.#ofOrg.set(orgId, left);
    else this.#ofOrg.delete(orgId);
  }

  /** @returns how many are answered in a second, as far as is known */
  #turnPage(): number | undefined {
    const { since, answered } = this.#pace;
    const ms = this.#now() - since;
    if (ms < countMs) return this.#pace.perSec;
    // While few are there few are answered, and that says nothing of how many could be.
    const perSec = this.#total < few ? undefined : (answered / ms) * 1_000;
    this.#pace = { since: this.#now(), answered: 0, perSec };
    return perSec;
  }
}

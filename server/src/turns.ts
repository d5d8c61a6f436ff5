import { rateLimited } from './errors.js';

/** Who takes turns. */
export interface Party {
  orgId: string;
  keyId: string;
}

export interface TurnsOptions {
  /** Most at work at once, of all, of one org and of one key. */
  most: number;
  ofOrg: number;
  ofKey: number;
  /** The same while other orgs are there: all of them share the processors, which what one alone may have would fill. */
  beside: { ofOrg: number; ofKey: number };
  othersAreHere: (orgId: string) => boolean;
  /** Most of one key that wait for their turn, and for how long, ms. */
  mostWaiting: number;
  waitMs: number;
  /** What a caller is told who waited too long, or finds too many who do: a sentence to go on. */
  refusal: string;
}

interface Waiting extends Party {
  begin: () => void;
}

/** When it is worth trying again, ms: what is at work is over within seconds. */
const retryMs = 2_000;

/**
 * Lets few work at once, and gives the next turn to the org that has waited longest for one: who asks a hundred times waits behind
 * himself, not others behind him.
 */
export class Turns {
  readonly #options: TurnsOptions;
  /** How many are at work, by org and by key. */
  readonly #working = new Map<string, number>();
  /** By org, whose turn is next first. */
  readonly #waiting = new Map<string, Set<Waiting>>();
  #total = 0;

  constructor(options: TurnsOptions) {
    this.#options = options;
  }

  /**
   * Does the work when it is the party's turn. Throws RATE_LIMITED when that takes too long, and the reason of `over` when it aborts
   * before.
   */
  async take<Result>(party: Party, over: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    over.throwIfAborted();
    if (this.#isTurnOf(party)) this.#begin(party);
    else await this.#wait(party, over);
    try {
      return await work();
    } finally {
      this.#end(party);
    }
  }

  #wait(party: Party, over: AbortSignal): Promise<void> {
    const { mostWaiting, waitMs, refusal } = this.#options;
    const ofOrg = this.#waiting.get(party.orgId) ?? new Set<Waiting>();
    const ofKey = [...ofOrg].filter(({ keyId }) => keyId === party.keyId).length;
    if (ofKey >= mostWaiting) throw rateLimited(refusal, retryMs);
    this.#waiting.set(party.orgId, ofOrg);
    return new Promise((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer);
        over.removeEventListener('abort', leave);
        ofOrg.delete(waiting);
        if (ofOrg.size === 0) this.#waiting.delete(party.orgId);
      };
      const leave = () => {
        stop();
        reject(over.reason);
      };
      const timer = setTimeout(() => {
        stop();
        reject(rateLimited(refusal, retryMs));
      }, waitMs);
      const waiting: Waiting = {
        ...party,
        begin: () => {
          stop();
          this.#begin(party);
          resolve();
        },
      };
      over.addEventListener('abort', leave, { once: true });
      ofOrg.add(waiting);
    });
  }

  #isTurnOf({ orgId, keyId }: Party): boolean {
    const { most, beside, othersAreHere } = this.#options;
    const { ofOrg, ofKey } = othersAreHere(orgId) ? beside : this.#options;
    return this.#total < most && this.#atWork(orgId) < ofOrg && this.#atWork(keyId) < ofKey;
  }

  #atWork(id: string): number {
    return this.#working.get(id) ?? 0;
  }

  #begin({ orgId, keyId }: Party): void {
    this.#total += 1;
    for (const id of [orgId, keyId]) this.#working.set(id, this.#atWork(id) + 1);
  }

  #end({ orgId, keyId }: Party): void {
    this.#total -= 1;
    for (const id of [orgId, keyId]) {
      const left = this.#atWork(id) - 1;
      if (left > 0) this.#working.set(id, left);
      else this.#working.delete(id);
    }
    for (;;) {
      const next = this.#next();
      if (!next) return;
      next.begin();
    }
  }

  /** The next whose turn it is, of an org that then stands last. */
  #next(): Waiting | undefined {
    for (const [orgId, ofOrg] of this.#waiting) {
      for (const waiting of ofOrg) {
        if (!this.#isTurnOf(waiting)) continue;
        this.#waiting.delete(orgId);
        this.#waiting.set(orgId, ofOrg);
        return waiting;
      }
    }
    return undefined;
  }
}

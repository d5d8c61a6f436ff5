/** For how long an org counts as there after it asked for something, ms. */
const thereMs = 10_000;

interface Seen {
  orgId: string;
  at: number;
}

/** Whether orgs have this server for themselves: who does may have more of it at once. */
export class OtherOrgs {
  readonly #now: () => number;
  /** The one that asked last, and of all others the one that did. */
  #last: Seen | undefined;
  #before: Seen | undefined;

  /** @param now ms, of a clock that never jumps */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** It asks for something, whatever that is. */
  seen(orgId: string): void {
    if (this.#last && this.#last.orgId !== orgId) this.#before = this.#last;
    this.#last = { orgId, at: this.#now() };
  }

  /** Whether another org than this one has asked for something lately. */
  areHere(orgId: string): boolean {
    const other = this.#last?.orgId === orgId ? this.#before : this.#last;
    return other !== undefined && this.#now() - other.at < thereMs;
  }
}

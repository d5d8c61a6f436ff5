import type { Head } from '../sql/queue-heads.js';
import type { ClaimerOptions } from './claimer.js';
import { Dispatcher } from './dispatcher.js';
import { KnownRunners } from './known-runners.js';

/** The dispatchers of this server: one for each org that has claims waiting here. */
export class Dispatchers {
  readonly #options: ClaimerOptions;
  readonly #byOrg = new Map<string, Dispatcher>();

  constructor(options: Omit<ClaimerOptions, 'known'>) {
    this.#options = { ...options, known: new KnownRunners() };
  }

  /** Says what the next wake-up for the queue of an org is about: a run that is new. */
  offer(orgId: string, head: Head): void {
    this.#byOrg.get(orgId)?.offer(head);
  }

  of(orgId: string): Dispatcher {
    const there = this.#byOrg.get(orgId);
    if (there) return there;
    const dispatcher = new Dispatcher(this.#options, orgId, () => this.#byOrg.delete(orgId));
    this.#byOrg.set(orgId, dispatcher);
    return dispatcher;
  }
}

import type { NewRun } from '../sql/insert-run.js';
import type { ClaimerOptions, GivenNew } from './claimer.js';
import { Dispatcher } from './dispatcher.js';
import { KnownRunners } from './known-runners.js';

/** The dispatchers of this server: one for each org that has claims waiting here. */
export class Dispatchers {
  readonly #options: ClaimerOptions;
  readonly #byOrg = new Map<string, Dispatcher>();

  constructor(options: Omit<ClaimerOptions, 'known'>) {
    this.#options = { ...options, known: new KnownRunners() };
  }

  /** See Dispatcher.giveNew. */
  async giveNew(run: NewRun): Promise<GivenNew | undefined> {
    return this.#byOrg.get(run.orgId)?.giveNew(run);
  }

  of(orgId: string): Dispatcher {
    const there = this.#byOrg.get(orgId);
    if (there) return there;
    const dispatcher = new Dispatcher(this.#options, orgId, () => this.#byOrg.delete(orgId));
    this.#byOrg.set(orgId, dispatcher);
    return dispatcher;
  }
}

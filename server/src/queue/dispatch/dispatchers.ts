import { Dispatcher, type DispatcherOptions } from './dispatcher.js';
import { KnownReaches } from './known-reaches.js';

/** The dispatchers of this server: one for each org that has claims waiting here. */
export class Dispatchers {
  readonly #options: DispatcherOptions;
  readonly #byOrg = new Map<string, Dispatcher>();

  constructor(options: Omit<DispatcherOptions, 'reaches'>) {
    this.#options = { ...options, reaches: new KnownReaches() };
  }

  of(orgId: string): Dispatcher {
    const there = this.#byOrg.get(orgId);
    if (there) return there;
    const dispatcher = new Dispatcher(this.#options, orgId, () => this.#byOrg.delete(orgId));
    this.#byOrg.set(orgId, dispatcher);
    return dispatcher;
  }
}

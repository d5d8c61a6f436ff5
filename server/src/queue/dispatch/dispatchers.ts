import type { Database } from '../../db/database.js';
import { Dispatcher } from './dispatcher.js';

/** The dispatchers of this server: one for each org that has claims waiting here. */
export class Dispatchers {
  readonly #database: Database;
  readonly #leaseMs: number;
  readonly #byOrg = new Map<string, Dispatcher>();

  constructor(database: Database, leaseMs: number) {
    this.#database = database;
    this.#leaseMs = leaseMs;
  }

  of(orgId: string): Dispatcher {
    const there = this.#byOrg.get(orgId);
    if (there) return there;
    const dispatcher = new Dispatcher(this.#database, orgId, this.#leaseMs, () => this.#byOrg.delete(orgId));
    this.#byOrg.set(orgId, dispatcher);
    return dispatcher;
  }
}

import type { Database, Statement } from '../db/database.js';
import { every, type Repeated } from '../every.js';
import { isOnline } from '../queue/sql/is-online.js';

/**
 * Of each runner what lists show of it, but for when it was heard from, which changes all the time.
 * $1 orgs, $2 online in ms. Rows: { orgId, id, look }.
 */
const lookAtRunners: Statement = {
  name: 'look-at-runners',
  text: `
SELECT r.org_id AS "orgId", r.id, md5(ROW(${isOnline('r', '$2')}, r.draining, r.paused_at, r.pause_note, r.paused_by,
  r.paused_until, r.name, r.hostname, r.version, r.agent_version, r.directories, r.permission_modes, r.max_concurrent_runs)::text) AS look
FROM runners r WHERE r.org_id = ANY ($1::text[]) AND r.deleted_at IS NULL`,
};

/**
 * Tells of runners that are not as they were. A heartbeat writes that a runner was heard from and asks nothing; that one
 * fell silent nobody writes. So they are looked at, in one statement for all orgs that somebody watches.
 */
export class RunnerWatch {
  readonly #database: Database;
  readonly #onlineMs: number;
  readonly #looking: Repeated;
  /** By org and runner. */
  readonly #first = new Map<string, Promise<void>>();
  readonly #looks = new Map<string, Map<string, string>>();

  constructor(database: Database, onlineMs: number, everyMs: number) {
    this.#database = database;
    this.#onlineMs = onlineMs;
    // A database that is away says so by itself; the next look finds what changed.
    this.#looking = every(everyMs, () => this.#lookAround().catch(() => undefined));
  }

  /** Somebody begins to read of an org: what changes from now on is told. */
  async begin(orgId: string): Promise<void> {
    if (this.#looks.has(orgId)) return;
    // Those who come at once wait for the same look.
    const first = this.#first.get(orgId) ?? this.#look([orgId]).finally(() => this.#first.delete(orgId));
    this.#first.set(orgId, first);
    await first;
  }

  stop(): Promise<void> {
    return this.#looking.stop();
  }

  async #lookAround(): Promise<void> {
    const read = this.#database.changes.read();
    for (const orgId of this.#looks.keys()) if (!read.includes(orgId)) this.#looks.delete(orgId);
    if (read.length > 0) await this.#look(read);
  }

  async #look(orgIds: readonly string[]): Promise<void> {
    const values = [orgIds, this.#onlineMs];
    const rows = await this.#database.query<Look>(lookAtRunners, values);
    const found = new Map(orgIds.map((orgId) => [orgId, new Map<string, string>()]));
    for (const { orgId, id, look } of rows) {
      found.get(orgId)?.set(id, look);
      const known = this.#looks.get(orgId);
      if (known && known.get(id) !== look) this.#database.changes.runner(orgId, id);
    }
    for (const [orgId, looks] of found) this.#looks.set(orgId, looks);
  }
}

interface Look {
  orgId: string;
  id: string;
  look: string;
}

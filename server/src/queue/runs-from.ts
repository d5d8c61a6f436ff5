import type { Database } from '../db/database.js';
import { allRunsFrom, moveRunsFrom, runsFromOf } from './sql/runs-from.js';

/** Runs that one step looks at. */
const lookedAtOnce = 5_000;
/** How long what was read is good for, ms: it only grows, and a smaller one is true too. */
const goodMs = 10 * 60_000;
const mostKept = 10_000;

const read = new WeakMap<Database, Map<string, { from: string; until: number }>>();

/** The id before which every run of the org was deleted, of some minutes ago; an empty text where that is not known. */
export async function runsFrom(database: Database, orgId: string, over?: AbortSignal): Promise<string> {
  const orgs = read.get(database) ?? new Map<string, { from: string; until: number }>();
  read.set(database, orgs);
  const known = orgs.get(orgId);
  if (known && known.until > performance.now()) return known.from;
  const [row] = await database.ask<{ from: string }>(runsFromOf, [orgId], over);
  if (orgs.size >= mostKept) orgs.clear();
  const from = row?.from ?? '';
  orgs.set(orgId, { from, until: performance.now() + goodMs });
  return from;
}

/** The least of all orgs: an older run that is not deleted is nowhere. */
export async function leastRunsFrom(database: Database): Promise<string> {
  const orgs = await database.query<{ id: string; from: string }>(allRunsFrom, []);
  return orgs.reduce((least, { from }) => (from < least ? from : least), orgs[0]?.from ?? '');
}

/** Moves it on in each org, up to `before` at the most, in steps that may be stopped. */
export async function moveAllRunsFrom(
  database: Database,
  before: string,
  signal: AbortSignal,
): Promise<void> {
  for (const org of await database.query<{ id: string; from: string }>(allRunsFrom, [])) {
    let { from } = org;
    for (let more = from < before; more && !signal.aborted; ) {
      const values: unknown[] = [org.id, from, before, lookedAtOnce];
      const [row]: { from: string; more: boolean }[] = await database.query(moveRunsFrom, values);
      more = row?.more === true;
      from = row?.from ?? from;
    }
  }
}

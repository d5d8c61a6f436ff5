import type { Database } from '../db/database.js';
import { allRunsFrom, moveRunsFrom, runsFromOf } from './sql/runs-from.js';

/** Runs that one step looks at. */
const lookedAtOnce = 5_000;
/** The id before which every run of the org was deleted; an empty text where that is not known. */
export async function runsFrom(database: Database, orgId: string, over?: AbortSignal): Promise<string> {
  const [row] = await database.ask<{ from: string }>(runsFromOf, [orgId], over);
  return row?.from ?? '';
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

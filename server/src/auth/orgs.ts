import type { UpdateOrg } from '@agentfleet/contract';
import type { Actor } from '../audit/actor.js';
import { actorValue, note, noted } from '../audit/noted.js';
import type { Database, Queryable, Statement } from '../db/database.js';
import { newId } from '../db/ids.js';

/** What operators say of an org, besides what its admins may. */
export interface OrgChange extends Partial<UpdateOrg> {
  name?: string;
  /** null takes the limit away. */
  maxConcurrentRuns?: number | null;
  /** null: as the servers have it. See OrgLimits. */
  mostRequests?: number | null;
  mostQueued?: number | null;
  mostAppendedMb?: number | null;
  mostStreams?: number | null;
}

interface ChangedOrg {
  name: string;
  maxConcurrentRuns: number | null;
}

const limits = [
  ['maxConcurrentRuns', 'max_concurrent_runs'],
  ['mostRequests', 'most_requests'],
  ['mostQueued', 'most_queued'],
  ['mostAppendedMb', 'most_appended_mb'],
  ['mostStreams', 'most_streams'],
] as const satisfies [keyof OrgChange, string][];

/** A limit as it is given, or as it was. */
const given = (name: string, column: string) =>
  `CASE WHEN $2::jsonb ? '${name}' THEN ($2::jsonb ->> '${name}')::int ELSE ${column} END`;

/** $1 org, $2 an OrgChange: what it has not stays as it is. $3 who: one that changes nothing is not told of. Row: ChangedOrg. */
const change: Statement = {
  name: 'change-org',
  text: `
WITH changed AS (
  UPDATE orgs o SET name = COALESCE($2::jsonb ->> 'name', name),
    ${limits.map(([name, column]) => `${column} = ${given(name, column)}`).join(',\n    ')},
    require_runner_credentials =
      COALESCE(($2::jsonb ->> 'requireRunnerCredentials')::bool, require_runner_credentials)
  WHERE o.id = $1 RETURNING o.id, o.name, o.max_concurrent_runs, to_jsonb(o) AS now
),
noted AS (${noted({
    ...{
      by: '$3',
      action: 'org.change',
      org: '$1',
      subject: 'changed.id',
      name: 'changed.name',
      from: '(SELECT changed.* FROM changed JOIN orgs was ON was.id = changed.id WHERE to_jsonb(was) <> changed.now) changed',
    },
    detail: '$2::jsonb',
  })})
SELECT name, max_concurrent_runs AS "maxConcurrentRuns" FROM changed`,
};

/** Changes an org. It is remembered with its keys, so every server forgets those; what waited for its limit is looked at. */
export async function changeOrg(
  database: Database,
  id: string,
  what: OrgChange,
  by?: Actor,
): Promise<ChangedOrg> {
  const [org] = await database.query<ChangedOrg>(change, [id, JSON.stringify(what), actorValue(by)]);
  if (!org) throw new Error(`There is no org ${id}`);
  database.wakeups.wake('keys');
  if (what.maxConcurrentRuns !== undefined) database.wakeups.wake(`ended:${id}`);
  return org;
}

/** Changes what an org requires. */
export async function updateOrg(
  database: Database,
  id: string,
  { requireRunnerCredentials }: UpdateOrg,
  by?: Actor,
) {
  const { name } = await changeOrg(database, id, { requireRunnerCredentials }, by);
  return { id, name, requireRunnerCredentials };
}

/** $1 id, $2 name, $3 most runs at once or null. */
const insert: Statement = {
  name: 'insert-org',
  text: 'INSERT INTO orgs (id, name, max_concurrent_runs) VALUES ($1, $2, $3)',
};

/**
 * Makes an org.
 * @param more what else happens with it, or not at all
 */
export async function createOrg<Made>(
  database: Database,
  { name, maxConcurrentRuns }: Required<Pick<OrgChange, 'name' | 'maxConcurrentRuns'>>,
  by: Actor,
  more: (tx: Queryable, id: string) => Promise<Made>,
): Promise<{ id: string; made: Made }> {
  const id = newId('org_');
  const made = await database.transaction(async (tx) => {
    await tx.query(insert, [id, name, maxConcurrentRuns]);
    await note(tx, by, { action: 'org.create', orgId: id, subject: id, name });
    return more(tx, id);
  });
  return { id, made };
}

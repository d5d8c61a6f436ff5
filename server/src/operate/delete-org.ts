import type { Actor } from '../audit/actor.js';
import { forgetAudit } from '../audit/forget-audit.js';
import { note } from '../audit/noted.js';
import type { Database, Queryable } from '../db/database.js';
import { inSteps } from '../db/in-steps.js';
import { deleteEvents } from '../eventlog/sql/delete-events.js';
import { awaitUsageTurn } from '../usage/sql/keep-usage.js';
import {
  accessOfOrg,
  besidesRuns,
  countedOrg,
  lockSomeRuns,
  type OrgCounts,
  ofRuns,
  orgItself,
  restOfUsage,
} from './sql/delete-org.js';

/** Sessions and events of each in one step: other statements come between two steps. */
const runsAtOnce = 20;
const eventsAtOnce = 2_000;
/** How often what came in meanwhile is deleted too. */
const mostTries = 10;
/** How many sessions are deleted between two words about it. */
const sayEvery = 1_000;

/** What an org has; undefined when there is none with the id. */
export async function countOrg(database: Queryable, orgId: string): Promise<OrgCounts | undefined> {
  const [counts] = await database.query<OrgCounts>(countedOrg, [orgId]);
  return counts;
}

/**
 * Deletes an org with all that it has, in steps that other orgs do not notice. Its keys go first: whoever used them is answered
 * 401 from then on, also a runner that works. The org itself goes last, so that one which was stopped in the middle is found and
 * ended by the next. Servers may go on meanwhile.
 * @param say takes each line that is for people
 * @param by who, for what is left of it in the audit trail: that it was deleted
 */
export async function deleteOrg(
  database: Database,
  orgId: string,
  say: (line: string) => void,
  by?: Actor,
): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await deleteAll(database, orgId, say, by);
    } catch (error) {
      // A request that was being answered when the keys went has stored something: then once more.
      if (!stillReferred.includes(String((error as { code?: string }).code)) || tries === mostTries)
        throw error;
    }
  }
}

async function deleteAll(
  database: Database,
  orgId: string,
  say: (line: string) => void,
  by?: Actor,
): Promise<void> {
  for (const statement of accessOfOrg) await inSteps(database, statement, [orgId]);
  database.wakeups.wake('keys');
  let runs = 0;
  for (;;) {
    const deleted = await deleteSomeRuns(database, orgId);
    if (deleted === undefined) break;
    if (Math.floor((runs + deleted) / sayEvery) > Math.floor(runs / sayEvery)) {
      say(`${(runs + deleted).toLocaleString('en-US')} sessions are deleted …`);
    }
    runs += deleted;
  }
  for (const statement of besidesRuns) await inSteps(database, statement, [orgId]);
  await database.transaction(async (tx) => {
    await tx.query(awaitUsageTurn, []);
    for (const statement of restOfUsage) await tx.query(statement, [orgId]);
  });
  await forgetAudit(database, { orgId });
  await database.transaction(async (tx) => {
    const [gone] = await tx.query(orgItself, [orgId]);
    if (gone) await note(tx, by, { action: 'org.delete', orgId, subject: orgId });
  });
}

/** @returns how many sessions are gone; 0 where there were events to delete first; undefined when none are left */
function deleteSomeRuns(database: Database, orgId: string): Promise<number | undefined> {
  return database.transaction(async (tx) => {
    const rows = await tx.query<{ id: string }>(lockSomeRuns, [orgId, runsAtOnce]);
    if (rows.length === 0) return undefined;
    const ids = rows.map(({ id }) => id);
    const [left] = await tx.query<{ full: boolean }>(deleteEvents, [ids, eventsAtOnce]);
    if (left?.full) return 0;
    for (const statement of ofRuns) await tx.query(statement, [ids]);
    return ids.length;
  });
}

/** SQLSTATE restrict_violation, since PostgreSQL 18, and foreign_key_violation. */
const stillReferred = ['23001', '23503'];

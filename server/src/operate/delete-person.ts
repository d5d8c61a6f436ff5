import { setTimeout as delay } from 'node:timers/promises';
import type { Actor } from '../audit/actor.js';
import { allowToForget } from '../audit/forget-audit.js';
import { note } from '../audit/noted.js';
import { revokeApiKey } from '../auth/api-keys.js';
import { trustMs } from '../auth/recent-keys.js';
import type { Database, Queryable } from '../db/database.js';
import { inSteps, rowsAtOnce } from '../db/in-steps.js';
import {
  asJsonValue,
  countedPerson,
  deleteSignIns,
  type Found,
  findApprovals,
  findEntries,
  nobody,
  type PersonCounts,
  renameAnswers,
  renameApprovals,
  renameInLog,
  renameKeys,
  renamePauses,
  rewriteEntries,
} from './sql/delete-person.js';

/** Events of a log that one step looks at. */
const eventsAtOnce = 5_000;
/** How often what came in meanwhile is looked for too. */
const mostPasses = 10;

/** Where the org has a name. */
export async function countPerson(database: Queryable, orgId: string, name: string): Promise<PersonCounts> {
  const [counts] = await database.query<PersonCounts>(countedPerson, [orgId, name, asJsonValue(name)]);
  if (!counts) throw new Error('An aggregate returned no row');
  return counts;
}

interface Person {
  orgId: string;
  name: string;
  keyIds: string[];
  /** Takes each line that is for people. */
  say(line: string): void;
}

/**
 * Revokes the keys of a name in an org, and takes it, and the addresses that they came from, out of what AgentFleet wrote down by itself: who
 * decided, paused, and did what is in the audit trail. What people wrote, such as prompts, folders and labels, goes with sessions. Keys lose
 * their name last, so that one which was stopped in the middle is ended by the next. Servers may go on meanwhile.
 * @param by who, for the audit trail, in which the name is not told
 */
export async function deletePerson(
  database: Database,
  { orgId, name, say }: Omit<Person, 'keyIds'>,
  by: Actor,
): Promise<void> {
  const who = by.name === name ? { ...by, name: nobody } : by;
  const keys = await database.prisma.apiKey.findMany({
    where: { orgId, name },
    select: { id: true, revokedAt: true, runnerId: true },
  });
  // The credential of a runner that has the name is the machine's.
  const valid = keys.filter(({ revokedAt, runnerId }) => revokedAt === null && runnerId === null);
  for (const { id } of valid) await revokeApiKey(database, orgId, id, who);
  // A server that did not hear of it believes a key for as long.
  if (valid.length > 0) await delay(trustMs);
  const person = { orgId, name, say, keyIds: keys.map(({ id }) => id) };
  for (let passes = 1; (await rename(database, person)) > 0 && passes < mostPasses; passes += 1);
  await inSteps(database, renameKeys, [orgId, name]);
  await database.transaction((tx) => note(tx, who, { action: 'person.delete', orgId, subject: orgId }));
}

/** @returns in how many rows the name was */
async function rename(database: Database, person: Person): Promise<number> {
  const { orgId, name } = person;
  const counts = [
    await inSteps(database, deleteSignIns, [name, orgId]),
    await inSteps(database, renamePauses, [orgId, name]),
    await inSteps(database, renameAnswers, [orgId, asJsonValue(name)]),
    await renameDecisions(database, person),
    await renameTrail(database, person),
  ];
  return counts.reduce((sum, count) => sum + count, 0);
}

async function renameDecisions(database: Database, { orgId, name, say }: Person): Promise<number> {
  let all = 0;
  for (let after: string | null = ''; after !== null; ) {
    const found: Found[] = await database.query(findApprovals, [orgId, after, name, rowsAtOnce]);
    const ids = await renameInLogs(database, found, name);
    if (ids.length > 0) {
      await database.query(renameApprovals, [ids, name]);
      all += ids.length;
      say(`The name is out of ${all.toLocaleString('en-US')} approvals …`);
    }
    after = found[0]?.last ?? null;
  }
  return all;
}

async function renameTrail(database: Database, { orgId, name, keyIds, say }: Person): Promise<number> {
  const pattern = asJsonValue(name);
  let all = 0;
  for (let after: string | null = ''; after !== null; ) {
    const values: unknown[] = [orgId, after, name, rowsAtOnce, pattern, keyIds];
    const found: Found[] = await database.query(findEntries, values);
    const ids = await renameInLogs(database, found, name);
    if (ids.length > 0) {
      await database.transaction(async (tx) => {
        await tx.query(allowToForget, []);
        await tx.query(rewriteEntries, [orgId, ids, name, pattern, keyIds]);
      });
      all += ids.length;
      say(`The name is out of ${all.toLocaleString('en-US')} entries of the audit trail …`);
    }
    after = found[0]?.last ?? null;
  }
  return all;
}

/** Before what leads to a log loses the name. @returns the ids of what was found */
async function renameInLogs(database: Database, found: Found[], name: string): Promise<string[]> {
  for (const runId of new Set(found.flatMap(({ runId }) => runId ?? []))) {
    for (let after: string | null = '0'; after !== null; ) {
      const [row]: { last: string | null }[] = await database.query(renameInLog, [
        ...[runId, after, eventsAtOnce, name],
      ]);
      after = row?.last ?? null;
    }
  }
  return found.flatMap(({ id }) => id ?? []);
}

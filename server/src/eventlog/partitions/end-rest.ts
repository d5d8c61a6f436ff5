import type { Database, Queryable } from '../../db/database.js';
import { runIdsFrom, timeOfRunId } from '../../db/ids.js';
import { sayBriefly } from './briefly.js';
import {
  dayMs,
  idsFromDay,
  nameAt,
  type Partitions,
  readPartitions,
  type TableByTime,
  tablesByTime,
} from './partition.js';
import { endOf, makeAlike, quoted, takeTime, takeTurn, written } from './sql.js';

/** The end that it is given lies at least so far ahead, and is given up when it is nearer than that: an append beyond it fails. */
const endAheadMs = 7 * dayMs;
const nearestMs = dayMs;

/** Whether the partition of the rest holds what belongs to a time that has no partition yet. */
export async function needsEnd(database: Queryable, { byTime, rest }: Partitions): Promise<boolean> {
  return (await oneFrom(database, rest, byTime.at(-1)?.to ?? '')) !== undefined;
}

/** The smallest run from an id on that has a row in a table. */
async function oneFrom(database: Queryable, table: string, id: string): Promise<string | undefined> {
  const text = `SELECT run_id AS id FROM ${quoted(table)} WHERE run_id >= $1 ORDER BY run_id LIMIT 1`;
  return (await database.query<{ id: string }>({ name: `first-of-${table}`, text }, [id]))[0]?.id;
}

/**
 * Ends the partition of the rest at a time to come, and begins an empty one in its place. That nothing in it lies beyond is proven
 * by a constraint, which is checked beside the work of others: the table is locked for a moment alone, however large it is. What was
 * interrupted is gone on with.
 * @returns why it cannot be, as a sentence for the log; undefined when it is done, or is to be tried again another time
 */
export async function endRest(
  database: Pick<Database, 'query' | 'transaction' | 'now'>,
  table: TableByTime,
  { byTime, rest }: Partitions,
  signal: AbortSignal,
): Promise<string | undefined> {
  const from = byTime.at(-1)?.to ?? '';
  const now = database.now();
  const end = idsFromDay(now + endAheadMs + dayMs);
  const stray = await oneFrom(database, rest, end);
  const early = from === '' ? undefined : await oneFrom(database, rest, '');
  const odd = stray ?? (early !== undefined && early < from ? early : undefined);
  if (odd !== undefined) {
    return `No partitions of ${table} are made while ${rest} has rows of the run ${odd}, whose id is of another time than those around it`;
  }
  const name = quoted(rest);
  const bounded = await sayBriefly(database, signal, async (tx) => {
    const [has] = await tx.query<{ bound: string }>(endOf, [rest]);
    if (has && isFar(has.bound, now)) return;
    if (has) await tx.query(written(`ALTER TABLE ${name} DROP CONSTRAINT ends`), []);
    const above = from === '' ? '' : `run_id >= '${from}' AND `;
    await tx.query(
      written(`ALTER TABLE ${name} ADD CONSTRAINT ends CHECK (${above}run_id < '${end}') NOT VALID`),
      [],
    );
  });
  if (!bounded) return undefined;
  await database.transaction(async (tx) => {
    const [turn] = await tx.query<{ mine: boolean }>(takeTurn, []);
    const [has] = await tx.query<{ proven: boolean }>(endOf, [rest]);
    if (!turn?.mine || !has || has.proven) return;
    await tx.query(takeTime, []);
    await tx.query({ ...written(`ALTER TABLE ${name} VALIDATE CONSTRAINT ends`), mostMs: dayMs }, []);
  });
  await sayBriefly(database, signal, (tx) => putAnother(tx, table));
  return undefined;
}

/**
 * Takes away an end that was left over and is near or past, as by a server that was killed and not started again for a week, or in
 * a backup: events of new runs would be refused.
 */
export async function clearEnds(
  database: Pick<Database, 'query' | 'transaction' | 'now'>,
  signal: AbortSignal,
): Promise<void> {
  for (const table of tablesByTime) {
    const rest = (await readPartitions(database, table))?.rest;
    const [has] = rest === undefined ? [] : await database.query<{ bound: string }>(endOf, [rest]);
    if (rest === undefined || !has || isFar(has.bound, database.now())) continue;
    const drop = written(`ALTER TABLE ${quoted(rest)} DROP CONSTRAINT IF EXISTS ends`);
    await sayBriefly(database, signal, async (tx) => {
      await tx.query(drop, []);
    });
  }
}

/** Whether an end lies far enough ahead to go on with. */
const isFar = (bound: string, now: number) => timeOfRunId(toOf(bound)) > now + nearestMs;

/** Puts an empty table in the place of the partition of the rest, which is one of a time from then on. */
async function putAnother(tx: Queryable, table: TableByTime): Promise<void> {
  const found = await readPartitions(tx, table);
  if (!found) return;
  const { byTime, rest } = found;
  const [has] = await tx.query<{ bound: string; proven: boolean }>(endOf, [rest]);
  if (!has?.proven) return;
  const to = toOf(has.bound);
  const from = byTime.at(-1)?.to;
  const ended = nameAt(table, 'until', to);
  const steps = [
    `ALTER TABLE ${table} DETACH PARTITION ${quoted(rest)}`,
    `ALTER TABLE ${quoted(rest)} RENAME TO ${quoted(ended)}`,
    `ALTER TABLE ${quoted(ended)} RENAME CONSTRAINT ${quoted(`${rest}_pkey`)} TO ${quoted(`${ended}_pkey`)}`,
    `ALTER TABLE ${table} ATTACH PARTITION ${quoted(ended)} FOR VALUES FROM (${from === undefined ? 'MINVALUE' : `'${from}'`}) TO ('${to}')`,
    `ALTER TABLE ${quoted(ended)} DROP CONSTRAINT ends`,
  ];
  for (const step of steps) await tx.query(written(step), []);
  await makeAlike(tx, table, rest);
  await tx.query(written(`ALTER TABLE ${table} ATTACH PARTITION ${quoted(rest)} DEFAULT`), []);
}

/** The id at which a constraint of ours ends. */
const toOf = (bound: string) => /run_id < '([^']*)'/.exec(bound)?.[1] ?? runIdsFrom(0);

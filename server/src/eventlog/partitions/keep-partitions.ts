import type { Database, Queryable } from '../../db/database.js';
import { runIdsFrom } from '../../db/ids.js';
import { sayBriefly } from './briefly.js';
import { endRest, needsEnd } from './end-rest.js';
import {
  dayMs,
  endOfLast,
  nameAt,
  readPartitions,
  type TableByTime,
  tablesByTime,
  widthFor,
} from './partition.js';
import { makeAlike, mayChange, quoted, written } from './sql.js';

/** How far ahead partitions are made, ms: whoever makes them may be away for that long. */
const aheadMs = 14 * dayMs;

/** What partitions are kept with. */
export type Keeper = Pick<Database, 'query' | 'transaction' | 'now'>;

/** What partitions are like, of both tables the worse. */
export interface PartitionsAhead {
  /** Until when they are made, ms since 1970; 0 where none is. */
  until: number;
  /** Why they are not made, as a sentence for the log; undefined where they are, or will be soon. */
  why?: string | undefined;
}

/**
 * Makes the partitions of the time to come, and ends the one of the rest where it holds what came meanwhile. Any server may do it
 * at any time: one does, the others find it done. Nobody waits behind it for long; what could not be locked is done the next time.
 * @param retentionMs how long events are kept; undefined is for ever
 * @param atLeast how many partitions are to lie ahead, whatever time they hold
 */
export async function keepPartitions(
  database: Keeper,
  retentionMs: number | undefined,
  signal: AbortSignal,
  atLeast = 1,
): Promise<PartitionsAhead> {
  const width = widthFor(retentionMs);
  const ahead = { width, until: database.now() + Math.max(aheadMs, atLeast * width) };
  const kept: PartitionsAhead[] = [];
  for (const table of tablesByTime) kept.push(await keepOne(database, table, ahead, signal));
  const until = Math.min(...kept.map((one) => one.until));
  return { until, why: kept.find(({ why }) => why !== undefined)?.why };
}

async function keepOne(
  database: Keeper,
  table: TableByTime,
  { width, until }: { width: number; until: number },
  signal: AbortSignal,
): Promise<PartitionsAhead> {
  const found = await readPartitions(database, table);
  if (!found) return { until: 0, why: `The table ${table} is not partitioned as it should be` };
  if (endOfLast(found) >= until) return { until: endOfLast(found) };
  const [right] = await database.query<{ may: boolean }>(mayChange, [table]);
  if (!right?.may) {
    const why = `The role of the server may not make partitions of ${table}: those of new runs go to ${found.rest}. Let its owner run: npm run agentfleet -- migrate`;
    return { until: endOfLast(found), why };
  }
  if (await needsEnd(database, found)) {
    const why = await endRest(database, table, found, signal);
    if (why !== undefined) return { until: endOfLast(found), why };
  }
  await sayBriefly(database, signal, (tx) => makeAhead(tx, table, { now: database.now(), until, width }));
  const made = await readPartitions(database, table);
  return { until: made ? endOfLast(made) : 0 };
}

async function makeAhead(
  tx: Queryable,
  table: TableByTime,
  { now, until, width }: { now: number; until: number; width: number },
): Promise<void> {
  const found = await readPartitions(tx, table);
  // Another server may have been here meanwhile.
  if (!found || (await needsEnd(tx, found))) return;
  const today = Math.floor(now / dayMs) * dayMs;
  // A time in which nobody made any is left to the rest.
  for (let at = Math.max(endOfLast(found), today); at < until; at += width) {
    const [from, to] = [runIdsFrom(at), runIdsFrom(at + width)];
    const name = nameAt(table, 'from', from);
    await makeAlike(tx, table, name);
    const bounds = `FOR VALUES FROM ('${from}') TO ('${to}')`;
    await tx.query(written(`ALTER TABLE ${table} ATTACH PARTITION ${quoted(name)} ${bounds}`), []);
  }
}

/** For how long partitions are made ahead, ms: 0 when events of new runs go to the one of the rest. */
export async function partitionsAhead(database: Pick<Database, 'query' | 'now'>): Promise<number> {
  const ends: number[] = [];
  for (const table of tablesByTime) {
    const found = await readPartitions(database, table);
    ends.push(found ? endOfLast(found) : 0);
  }
  return Math.max(0, Math.min(...ends) - database.now());
}

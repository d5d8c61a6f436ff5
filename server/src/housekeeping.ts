import type { Database } from './db/database.js';
import { runIdsFrom } from './db/ids.js';
import { dropPartitions, droppedUpTo } from './eventlog/partitions/drop-partitions.js';
import { widthFor } from './eventlog/partitions/partition.js';
import { deleteHidden, hideEvents, pruneEvents } from './eventlog/sql/prune-events.js';
import { deleteExpired } from './expired.js';
import { type PrunedTexts, pruneTexts } from './queue/sql/prune-texts.js';

/** Runs and events of each in one step of the pruning: other statements come between two steps. */
const runsAtOnce = 20;
const eventsAtOnce = 2_000;
/** Runs that one step of the hiding notes, which deletes no event. */
const hiddenAtOnce = 500;
/** Runs that one step of the pruning of texts looks at. */
const lookedAtOnce = 500;

/** When events of a log that is hidden are deleted one by one, ms since their run was made: their partition is long over. */
export const deletedAloneAfter = (retentionMs: number) => retentionMs + 2 * widthFor(retentionMs);

/** What retention did with events. */
export interface Tidied {
  /** Deleted one by one. */
  events: number;
  /** Sessions whose events nobody reads any more, and whose partition is dropped with them. */
  hidden: number;
  /** Partitions. */
  dropped: number;
}

/**
 * Deletes what nobody needs any more: expired browser sessions, sign-ins and idempotency keys, the waiting of approvals whose
 * sessions ended, and the events of runs that ended
 * longer ago than `retentionMs` (undefined keeps them for ever): those of a time that is over are read by nobody from then on, and
 * dropped with their partition; others are deleted. Any server may do it at any time.
 */
export async function tidyUp(
  database: Database,
  retentionMs: number | undefined,
  signal: AbortSignal,
): Promise<Tidied> {
  const tidied: Tidied = { events: 0, hidden: 0, dropped: 0 };
  await deleteExpired(database, signal);
  if (retentionMs === undefined) return tidied;
  const upTo = await droppedUpTo(database);
  while (upTo !== '' && !signal.aborted) {
    const [row] = await database.query<{ runs: number }>(hideEvents, [retentionMs, hiddenAtOnce, upTo]);
    if (!row?.runs) break;
    tidied.hidden += row.runs;
  }
  while (!signal.aborted) {
    const values = [retentionMs, runsAtOnce, eventsAtOnce, upTo];
    const [row] = await database.query<{ events: number; runs: number }>(pruneEvents, values);
    if (!row || (row.events === 0 && row.runs === 0)) break;
    tidied.events += row.events;
  }
  tidied.dropped = (await dropPartitions(database, retentionMs, signal)).length;
  tidied.events += await deleteLeft(database, retentionMs, signal);
  return tidied;
}

/** Deletes what no partition took with it in the time that one holds, twice over. */
async function deleteLeft(database: Database, retentionMs: number, signal: AbortSignal): Promise<number> {
  let deleted = 0;
  const before = runIdsFrom(database.now() - deletedAloneAfter(retentionMs));
  for (let after: string | null = ''; after !== null && !signal.aborted; ) {
    const values: unknown[] = [after, before, runsAtOnce, eventsAtOnce];
    const [row]: { events: number; last: string | null }[] = await database.query(deleteHidden, values);
    const events = row?.events ?? 0;
    deleted += events;
    if (events === 0) after = row?.last ?? null;
  }
  return deleted;
}

/**
 * Empties the texts of runs that ended longer ago than `retentionMs`, by the database's clock. It looks at all runs, some at a
 * time, and may be stopped and repeated at any time.
 * @returns of how many runs
 */
export async function forgetTexts(
  database: Database,
  retentionMs: number,
  signal: AbortSignal,
): Promise<number> {
  let runs = 0;
  for (let after: string | null = ''; after !== null && !signal.aborted; ) {
    const values: unknown[] = [retentionMs, after, lookedAtOnce];
    const rows: PrunedTexts[] = await database.query(pruneTexts, values);
    after = rows[0]?.last ?? null;
    runs += rows[0]?.runs ?? 0;
  }
  return runs;
}

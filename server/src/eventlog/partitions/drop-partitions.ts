import type { Database } from '../../db/database.js';
import { runIdsFrom } from '../../db/ids.js';
import { sayBriefly } from './briefly.js';
import { readPartitions, tablesByTime } from './partition.js';
import { mayChange, mustStay, quoted, written } from './sql.js';

/**
 * Drops the partitions of which retention has taken every log, with their files. Whoever appends or reads waits for a moment at most.
 * A run that waits or goes on, or ended later than others of its time, keeps the whole partition until it may go.
 * @param retentionMs how long events are kept
 * @returns the names of those dropped
 */
export async function dropPartitions(
  database: Pick<Database, 'query' | 'transaction' | 'now'>,
  retentionMs: number,
  signal: AbortSignal,
): Promise<string[]> {
  const dropped: string[] = [];
  const before = runIdsFrom(database.now() - retentionMs);
  for (const table of tablesByTime) {
    const found = await readPartitions(database, table);
    for (const { name, from, to } of found?.byTime ?? []) {
      if (to > before || signal.aborted) continue;
      // What was taken stays taken, and no new run is of that time: nothing changes between the look and the deed.
      if ((await database.query(mustStay, [from, to])).length > 0) continue;
      const done = await sayBriefly(database, signal, async (tx) => {
        await tx.query(written(`DROP TABLE IF EXISTS ${quoted(name)}`), []);
      });
      if (done) dropped.push(name);
    }
  }
  return dropped;
}

/**
 * Up to which run logs wait for their partition to be dropped, instead of being deleted row by row: up to the end of the last one
 * whose time is over. '' where the role of the server may not drop any.
 */
export async function droppedUpTo(database: Pick<Database, 'query' | 'now'>): Promise<string> {
  const [right] = await database.query<{ may: boolean }>(mayChange, ['events']);
  if (!right?.may) return '';
  const today = runIdsFrom(database.now());
  const found = await readPartitions(database, 'events');
  return found?.byTime.filter(({ to }) => to <= today).at(-1)?.to ?? '';
}

import type { Queryable } from '../../db/database.js';
import { runIdsFrom, timeOfRunId } from '../../db/ids.js';
import { partitionsOf } from './sql.js';

/** The tables that lie by time. */
export const tablesByTime = ['events', 'event_images'] as const;
export type TableByTime = (typeof tablesByTime)[number];

/** Where the rows lie of runs from an id on, up to another. */
export interface Partition {
  name: string;
  /** '' is whatever is smaller than `to`. */
  from: string;
  to: string;
}

export interface Partitions {
  /** In order. */
  byTime: Partition[];
  /** The one that takes what no other does. */
  rest: string;
}

const ofBound = /^FOR VALUES FROM \((?:MINVALUE|'([^']*)')\) TO \('([^']*)'\)$/;

/** Those that a table has; undefined where it is not partitioned as migrations leave it. */
export async function readPartitions(
  database: Queryable,
  table: TableByTime,
): Promise<Partitions | undefined> {
  const rows = await database.query<{ name: string; bound: string }>(partitionsOf, [table]);
  const rest = rows.find(({ bound }) => bound === 'DEFAULT')?.name;
  if (rest === undefined) return undefined;
  const byTime = rows.flatMap(({ name, bound }) => {
    const [, from = '', to] = ofBound.exec(bound) ?? [];
    return to === undefined ? [] : [{ name, from, to }];
  });
  return { byTime: byTime.sort((one, other) => (one.to < other.to ? -1 : 1)), rest };
}

export const dayMs = 24 * 3_600_000;
const longestDays = 28;
/** So many partitions hold what is kept: a statement locks each one that there is. */
const ofRetention = 15;

/** How much time a partition holds, ms: whole days, by how long events are kept (ms; undefined is for ever). */
export function widthFor(retentionMs: number | undefined): number {
  const days = retentionMs === undefined ? longestDays : Math.round(retentionMs / ofRetention / dayMs);
  return Math.min(longestDays, Math.max(1, days)) * dayMs;
}

/** The first id that a run may have at the beginning of a day of UTC. `ms` since 1970, anywhere in it. */
export const idsFromDay = (ms: number) => runIdsFrom(Math.floor(ms / dayMs) * dayMs);

/** Until when partitions are made, ms since 1970; 0 where there is none. */
export const endOfLast = ({ byTime }: Partitions): number => {
  const last = byTime.at(-1);
  return last === undefined ? 0 : timeOfRunId(`${last.to}`) || 0;
};

/** `events_from_20261201`: a table of its time. */
export const nameAt = (table: TableByTime, word: 'from' | 'until', id: string) =>
  `${table}_${word}_${new Date(timeOfRunId(id)).toISOString().slice(0, 10).replaceAll('-', '')}`;

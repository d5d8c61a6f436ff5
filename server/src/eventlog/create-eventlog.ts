import { type Event, type ImageType, isFinal, type RunStatus } from '@agentfleet/contract';
import { Bell } from '../db/bell.js';
import type { Database } from '../db/database.js';
import { notFound } from '../errors.js';
import type { LogStore } from '../logstore/log-store.js';
import { defaultPolicy, type QueuePolicy } from '../queue/policy.js';
import { Appender } from './append.js';
import type { EventLog } from './eventlog.js';
import { FreshEvents } from './fresh-events.js';
import { MovedLogs } from './moved/moved-logs.js';
import {
  anyEvents,
  newestEvents,
  pageBytes,
  readEvents,
  readImage,
  statusOfRun,
  toolEvents,
} from './sql/read-events.js';
import { createTails } from './tails.js';

/** Slow look at the database besides wake-ups, for when one was lost, ms. */
const defaultPollMs = 5_000;
/** Events of a moved log in one batch for who follows it. */
const movedAtOnce = 500;

type Row = Omit<Event, 'at'> & { at: Date };
type ImageRow = { type: ImageType; bytes: Uint8Array } | { type: null };
const present = (row: Row): Event => ({ ...row, at: row.at.toISOString() });

/**
 * The event log on a database. Several servers may run one each on the same database.
 * @param store where logs lie that were moved
 */
export function createEventLog(
  database: Database,
  pollMs = defaultPollMs,
  { leaseMs }: Pick<QueuePolicy, 'leaseMs'> = defaultPolicy,
  store?: LogStore,
): EventLog {
  async function stateOf(orgId: string, runId: string): Promise<{ status: RunStatus; hidden: boolean }> {
    const asked = [runId, orgId];
    const [row] = await database.query<{ status: RunStatus; hidden: boolean }>(statusOfRun, asked);
    if (!row) throw notFound('run');
    return row;
  }

  async function page(runId: string, after: number, limit: number): Promise<Event[]> {
    return (await database.query<Row>(readEvents, [runId, after, limit, pageBytes])).map(present);
  }

  // A log is moved as a whole: who finds no row of an ended run looks whether it was, afterwards, so that none is missed.
  const moved = new MovedLogs(database, store);
  const readTail = createTails(database);
  const fresh = new FreshEvents();
  const appender = new Appender(database, fresh, leaseMs);
  return {
    append: (orgId, runId, request, byRunner = null) => appender.append(orgId, runId, request, byRunner),

    async read(orgId, runId, { after, limit, waitMs = 0, signal }) {
      const deadline = performance.now() + waitMs;
      const bell = new Bell(signal);
      const stop = database.wakeups.listen(`run:${runId}`, () => bell.ring());
      try {
        for (;;) {
          // The status is read before the events: what was appended before the end is then never missed.
          const { status, hidden } = await stateOf(orgId, runId);
          const events = hidden ? [] : await page(runId, after, limit);
          const left = deadline - performance.now();
          if (events.length === 0 && isFinal(status) && !hidden)
            return (await moved.page(orgId, runId, { after }, limit)) ?? events;
          if (events.length > 0 || isFinal(status) || left <= 0 || signal?.aborted) return events;
          await bell.wait(Math.min(left, pollMs));
        }
      } finally {
        stop();
        bell.close();
      }
    },

    async newest(orgId, runId, count, before = Number.MAX_SAFE_INTEGER) {
      const { status, hidden } = await stateOf(orgId, runId);
      if (hidden) return [];
      const rows = await database.query<Row>(newestEvents, [runId, count, pageBytes, before]);
      if (rows.length > 0 || !isFinal(status)) return rows.map(present);
      return (await moved.page(orgId, runId, { before }, count)) ?? [];
    },

    async ofTools(orgId, runId, tools, page, over) {
      const { status, hidden } = await stateOf(orgId, runId);
      if (hidden) return [];
      const oldest = 'after' in page;
      const [after, before] = oldest ? [page.after, Number.MAX_SAFE_INTEGER] : [0, page.before];
      const asked = [runId, page.limit, pageBytes, before, after, tools, oldest];
      const rows = await database.ask<Row>(toolEvents, asked, over);
      if (rows.length > 0 || !isFinal(status)) return rows.map(present);
      return (await moved.toolPage(orgId, runId, tools, page, page.limit)) ?? [];
    },

    async reaches(runId, beyond) {
      const [after, before] =
        'after' in beyond ? [beyond.after, Number.MAX_SAFE_INTEGER] : [0, beyond.before];
      return (await database.query(anyEvents, [runId, after, before])).length > 0;
    },

    async image(orgId, runId, seq, index) {
      const asked = [runId, orgId, seq, index];
      const [found] = await database.query<ImageRow>(readImage, asked);
      if (!found) throw notFound('run');
      if (found.type) return found;
      const image = await moved.image(orgId, runId, seq, index);
      if (!image) throw notFound('image');
      return image;
    },

    async *follow(orgId, runId, after, signal) {
      const bell = new Bell(signal);
      // Wake-ups whose news has not been looked for: what was appended here is known without a look.
      let news = 0;
      let looked = false;
      let behind = false;
      const stops = [
        database.wakeups.listen(`run:${runId}`, () => {
          news += 1;
          bell.ring();
        }),
        fresh.following(runId),
      ];
      let seen = after;
      try {
        while (!signal.aborted) {
          const appended = looked ? fresh.after(orgId, runId, seen) : undefined;
          if (appended) {
            seen += appended.length;
            news -= 1;
            yield appended;
            if (news === 0) await bell.wait(pollMs);
            continue;
          }
          looked = true;
          news = 0;
          const tail = await readTail({ orgId, runId, after: seen }, behind);
          const { status, lastSeq } = tail;
          const nowhere = tail.events.length === 0 && seen < lastSeq && isFinal(status);
          const events =
            (nowhere ? await moved.page(orgId, runId, { after: seen }, movedAtOnce) : undefined) ??
            tail.events;
          const last = events.at(-1);
          if (last) {
            seen = last.seq;
            yield events;
          }
          // Of a pruned log nothing comes, whatever its last seq is.
          behind = last !== undefined && seen < lastSeq;
          if (behind) continue;
          if (isFinal(status)) return;
          await bell.wait(pollMs);
        }
      } finally {
        for (const stop of stops) stop();
        bell.close();
      }
    },
  };
}

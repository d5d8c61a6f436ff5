import { createHash } from 'node:crypto';
import {
  type AppendEvents,
  type AppendedEvents,
  type Event,
  eventDigestInput,
  isFinal,
  type RunStatus,
} from '@agentfleet/contract';
import { Bell } from '../db/bell.js';
import type { Database } from '../db/database.js';
import { ApiError, notFound } from '../errors.js';
import { staleAttempt } from '../queue/finish.js';
import { type InspectedAttempt, inspectAttempt } from '../queue/sql/finish-run.js';
import type { EventLog } from './eventlog.js';
import { type AppendOutcome, appendEvents } from './sql/append-events.js';
import { newestEvents, pageBytes, readEvents, statusOfRun } from './sql/read-events.js';
import { createTails } from './tails.js';

/** Slow look at the database besides wake-ups, for when one was lost, ms. */
const pollMs = 5_000;

type Row = Omit<Event, 'at'> & { at: Date };
const present = (row: Row): Event => ({ ...row, at: row.at.toISOString() });

/** The event log on a database. Several servers may run one each on the same database. */
export function createEventLog(database: Database): EventLog {
  async function statusOf(orgId: string, runId: string): Promise<RunStatus> {
    const [row] = await database.query<{ status: RunStatus }>(statusOfRun, [runId, orgId]);
    if (!row) throw notFound('run');
    return row.status;
  }

  async function page(runId: string, after: number, limit: number): Promise<Event[]> {
    return (await database.query<Row>(readEvents, [runId, after, limit, pageBytes])).map(present);
  }

  const readTail = createTails(database);
  return {
    append: (orgId, runId, request) => append(database, orgId, runId, request),

    async read(orgId, runId, { after, limit, waitMs = 0, signal }) {
      const deadline = performance.now() + waitMs;
      const bell = new Bell();
      const stop = database.wakeups.listen(`run:${runId}`, () => bell.ring());
      try {
        for (;;) {
          // The status is read before the events: what was appended before the end is then never missed.
          const status = await statusOf(orgId, runId);
          const events = await page(runId, after, limit);
          const left = deadline - performance.now();
          if (events.length > 0 || isFinal(status) || left <= 0 || signal?.aborted) return events;
          await bell.wait(Math.min(left, pollMs), signal);
        }
      } finally {
        stop();
      }
    },

    async newest(orgId, runId, count) {
      await statusOf(orgId, runId);
      return (await database.query<Row>(newestEvents, [runId, count, pageBytes])).map(present);
    },

    async *follow(orgId, runId, after, signal) {
      const bell = new Bell();
      const stop = database.wakeups.listen(`run:${runId}`, () => bell.ring());
      let seen = after;
      try {
        while (!signal.aborted) {
          const { status, events } = await readTail({ orgId, runId, after: seen });
          const last = events.at(-1);
          if (last) {
            seen = last.seq;
            yield events;
          } else if (isFinal(status)) {
            return;
          } else {
            await bell.wait(pollMs, signal);
          }
        }
      } finally {
        stop();
      }
    },
  };
}

async function append(
  database: Database,
  orgId: string,
  runId: string,
  { token, events, agentSessionId, stalled }: AppendEvents,
): Promise<AppendedEvents> {
  const first = events[0]?.seq ?? 0;
  const last = first + events.length - 1;
  if (events.some((event, index) => event.seq !== first + index)) {
    throw new ApiError('VALIDATION_FAILED', 'events: must be in order of seq, without a gap');
  }
  const [outcome] = await database.query<AppendOutcome>(appendEvents, [
    runId,
    orgId,
    token,
    first,
    last,
    events.map((event) => event.seq),
    events.map((event) => event.kind),
    events.map((event) => event.message),
    events.map((event) => (event.data === null ? null : JSON.stringify(event.data))),
    events.map((event) => event.at),
    events.map(digestOf),
    agentSessionId ?? null,
    stalled ?? false,
  ]);
  if (!outcome) {
    const [run] = await database.query<InspectedAttempt>(inspectAttempt, [runId, orgId, token]);
    throw run ? staleAttempt() : notFound('run');
  }
  if (first > outcome.last_seq + 1) {
    const lastSeq = outcome.last_seq;
    throw new ApiError('EVENT_GAP', `The log ends at seq ${lastSeq}, the batch begins at ${first}`, {
      lastSeq,
    });
  }
  if (outcome.conflicts > 0) {
    throw new ApiError('EVENT_CONFLICT', 'An event with the same seq is stored with other content');
  }
  if (outcome.outcome === 'finished' && last > outcome.last_seq) throw staleAttempt();
  if (last > outcome.last_seq) database.wakeups.wake(`run:${runId}`);
  return { lastSeq: Math.max(last, outcome.last_seq) };
}

/** The first four bytes of the event's SHA-256 as a signed number: contract/runner-protocol.ts. */
function digestOf(event: Event): number {
  return createHash('sha256').update(eventDigestInput(event)).digest().readInt32BE(0);
}

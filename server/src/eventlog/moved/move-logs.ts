import { randomUUID } from 'node:crypto';
import type { Database } from '../../db/database.js';
import { runIdsFrom } from '../../db/ids.js';
import { type LogStore, StoreFailed } from '../../logstore/log-store.js';
import { LogText, mostRawBytes, unpack } from './packed-log.js';
import {
  claimLog,
  type DoomedObject,
  deleteMovedRows,
  doomedObjects,
  forgetObject,
  keepLog,
  type LookedRun,
  lockMoved,
  lookForLogs,
  nextImage,
  noteMoved,
  releaseLog,
  type WholeEvent,
  type WholeImage,
  wholeEvents,
} from './sql.js';

const lookedAtOnce = 50;
const eventsAtOnce = 1_000;
const bytesAtOnce = 4 * 1024 * 1024;
const doomedAtOnce = 100;
/** After so many failures in a row it is the store, and not a log: those of single ones are told at the end. */
const mostFailures = 3;

/** What became of a log: `kept` is one that is too large, or that somebody else is at, or took away meanwhile. */
export type Outcome = 'moved' | 'kept' | 'failed';

/**
 * Moves the logs of runs that ended longer ago than `archiveMs` into the store, one after the other, and deletes objects of logs that
 * are gone. Any server may do it at any time, and be killed at any moment: the rows are there until the object is noted. Throws
 * what the store or the database fails with.
 * @param archiveMs undefined moves none
 * @param note hears of each log
 */
export async function moveLogs(
  database: Database,
  store: LogStore,
  archiveMs: number | undefined,
  signal: AbortSignal,
  note: (outcome: Outcome) => void = () => undefined,
): Promise<void> {
  await deleteDoomed(database, store, signal);
  if (archiveMs === undefined) return;
  const before = runIdsFrom(database.now() - archiveMs);
  let failures = 0;
  let failure: unknown;
  for (let after: string | undefined = ''; after !== undefined && !signal.aborted; ) {
    const values: unknown[] = [after, before, lookedAtOnce, archiveMs];
    const looked: LookedRun[] = await database.query(lookForLogs, values);
    for (const { id, orgId } of looked) {
      if (orgId === null || signal.aborted) continue;
      try {
        note(await moveOne(database, store, orgId, id));
        failures = 0;
      } catch (error) {
        note('failed');
        failure = error;
        failures += 1;
        if (failures === mostFailures) throw error;
      }
    }
    after = looked.at(-1)?.id;
  }
  if (failure !== undefined) throw failure;
}

async function moveOne(database: Database, store: LogStore, orgId: string, runId: string): Promise<Outcome> {
  const claim = randomUUID();
  const object = `${orgId}/${runId}.jsonl.br`;
  const [claimed] = await database.query(claimLog, [runId, orgId, object, claim]);
  if (!claimed) return 'kept';
  let settled = false;
  try {
    const log = await packed(database, runId);
    if (log === 'too large') {
      await database.query(keepLog, [runId, claim]);
      settled = true;
    }
    if (typeof log !== 'object') return 'kept';
    const { text, first, last, events } = log;
    const [bytes, sha256] = [await text.pack(), text.sha256()];
    await store.put(object, bytes);
    const stored = await store.get(object);
    if (!stored?.equals(bytes) || !(await unpack(stored, sha256))) {
      throw new StoreFailed(`The log store gave back something else than was put into ${object}`);
    }
    settled = await database.transaction(async (tx) => {
      if ((await tx.query(lockMoved, [runId, last])).length === 0) return false;
      const values = [runId, claim, first, last, events, bytes.length, text.bytes, sha256];
      if ((await tx.query(noteMoved, values)).length === 0) return false;
      await tx.query(deleteMovedRows, [runId]);
      return true;
    });
    return settled ? 'moved' : 'kept';
  } finally {
    if (!settled) await database.query(releaseLog, [runId, claim]).catch(() => undefined);
  }
}

interface Packed {
  text: LogText;
  first: number;
  last: number;
  events: number;
}

/** Undefined of a log that is gone. */
async function packed(database: Database, runId: string): Promise<Packed | 'too large' | undefined> {
  const text = new LogText(runId);
  let first: number | undefined;
  let [last, events] = [0, 0];
  for (;;) {
    const rows = await database.query<WholeEvent>(wholeEvents, [runId, last, eventsAtOnce, bytesAtOnce]);
    if (rows.length === 0) break;
    for (const row of rows) text.event({ ...row, at: row.at.toISOString() });
    first ??= rows[0]?.seq;
    last = rows.at(-1)?.seq ?? last;
    events += rows.length;
    if (text.bytes > mostRawBytes) return 'too large';
  }
  for (let [seq, index] = [0, -1]; ; ) {
    const [image] = await database.query<WholeImage>(nextImage, [runId, seq, index]);
    if (!image) break;
    // PostgreSQL breaks lines.
    text.image({ ...image, base64: image.base64.replaceAll('\n', '') });
    [seq, index] = [image.seq, image.index];
    if (text.bytes > mostRawBytes) return 'too large';
  }
  return first === undefined ? undefined : { text, first, last, events };
}

/** Deletes objects of logs that are gone, then what is known of them: while the store is away they stay in the queue. */
async function deleteDoomed(database: Database, store: LogStore, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const doomed = await database.query<DoomedObject>(doomedObjects, [doomedAtOnce]);
    if (doomed.length === 0) return;
    for (const { id, object } of doomed) {
      await store.delete(object);
      await database.query(forgetObject, [id]);
    }
  }
}

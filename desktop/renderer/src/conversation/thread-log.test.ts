import type { Event, Run } from '@agentfleet/contract';
import { beforeEach, expect, test, vi } from 'vitest';
import { aRun } from '../sessions/testing.js';
import type { EventsPage, Transport } from '../transport/transport.js';
import { ThreadLog } from './thread-log.js';

// There is no browser that draws.
beforeEach(() => {
  vi.stubGlobal('requestAnimationFrame', (draw: () => void) => setTimeout(draw));
  vi.stubGlobal('cancelAnimationFrame', clearTimeout);
});

/** Runs of as many events as their `lastSeq` says, at a server that notes what it is asked. */
function threadOf(...runs: Run[]) {
  const asked = { read: [] as string[], followed: [] as string[] };
  const transport: Pick<Transport, 'readEvents' | 'followEvents'> = {
    async readEvents(runId, page: EventsPage) {
      if ('tools' in page && page.tools) return [];
      asked.read.push(runId);
      const lastSeq = runs.find(({ id }) => id === runId)?.lastSeq ?? 0;
      const end = 'before' in page ? Math.min(page.before, lastSeq + 1) : 0;
      const from = Math.max(1, end - page.limit);
      return Array.from({ length: Math.max(0, end - from) }, (_, index): Event => {
        const seq = from + index;
        return {
          seq,
          kind: 'assistant',
          message: `${runId} ${seq}`,
          data: null,
          at: '2026-11-30T10:00:00.000Z',
        };
      });
    },
    followEvents(runId) {
      asked.followed.push(runId);
      return () => undefined;
    },
  };
  const log = new ThreadLog(transport as Transport, () => {});
  log.setRuns(runs);
  log.follow();
  return { log, asked };
}

const rowsOf = (log: ThreadLog) =>
  Array.from({ length: log.rowCount }, (_, index) => log.row(index)).map((row) =>
    row?.type === 'item' && row.item.type !== 'tool' ? row.item.text : `${row?.section.run.id} ${row?.type}`,
  );

test('runs stand one below the other, and of those that are over only the wanted ones are read, and not followed', async () => {
  const { log, asked } = threadOf(
    aRun({ id: 'a', lastSeq: 2 }),
    aRun({ id: 'b', lastSeq: 1 }),
    aRun({ id: 'c', status: 'RUNNING', lastSeq: 1 }),
  );
  await expect.poll(() => asked).toEqual({ read: ['c'], followed: ['c'] });
  log.want('b');
  await expect.poll(() => log.section('b')?.log.state.isOpen).toBe(true);
  await expect
    .poll(() => rowsOf(log))
    .toEqual(['a head', 'a unread', 'a tail', 'b head', 'b 1', 'b tail', 'c head', 'c 1', 'c tail']);
  expect(asked.followed).toEqual(['c']);
  log.stop();
});

test('of what waits in the queue the next one alone is followed', async () => {
  const { log, asked } = threadOf(
    aRun({ id: 'a', status: 'RUNNING', lastSeq: 1 }),
    aRun({ id: 'b', status: 'QUEUED' }),
    aRun({ id: 'c', status: 'QUEUED' }),
  );
  await expect.poll(() => asked.followed.toSorted()).toEqual(['a', 'b']);
  log.stop();
});

test('every line has its place among the rows, through all runs, and what came after a place is counted', async () => {
  const { log } = threadOf(aRun({ id: 'a', lastSeq: 700 }), aRun({ id: 'b', lastSeq: 3 }));
  expect(await log.loadTo({ runId: 'a', seq: 650 })).toBe(true);
  expect(await log.loadTo({ runId: 'b', seq: 1 })).toBe(true);
  await expect.poll(() => log.rowCount).toBe(2 + 1 + 200 + 2 + 3);
  const at = log.indexOf({ runId: 'a', seq: 650 });
  expect(rowsOf(log)[at]).toBe('a 650');
  expect(log.indexOf({ runId: 'b', seq: 0 })).toBe(2 + 1 + 200);
  expect(log.itemsAfter({ runId: 'a', seq: 698 })).toBe(5);
  expect(log.step({ runId: 'a', seq: 700 }, 1)).toEqual({ runId: 'b', seq: 1 });
  // What is read of before is not new.
  expect(await log.loadTo({ runId: 'a', seq: 1 })).toBe(true);
  expect(log.itemsAfter({ runId: 'a', seq: 698 })).toBe(5);
  log.stop();
});

test('all of a thread is read, and how far that is, told as one share', async () => {
  const { log } = threadOf(aRun({ id: 'a', lastSeq: 3_000 }), aRun({ id: 'b', lastSeq: 1_000 }));
  const shares: number[] = [];
  expect(await log.loadAll((share) => shares.push(share))).toBe(true);
  expect(log.sections.map((section) => section.log.conversation.items.length)).toEqual([3_000, 1_000]);
  expect(shares).toEqual(shares.toSorted((one, other) => one - other));
  log.stop();
});

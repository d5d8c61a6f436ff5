import type { Event } from '@agentfleet/contract';
import { beforeEach, expect, test, vi } from 'vitest';
import { type EventsPage, type Transport, TransportError } from '../transport/transport.js';
import { SessionLog } from './session-log.js';

// There is no browser that draws.
beforeEach(() => {
  vi.stubGlobal('requestAnimationFrame', (draw: () => void) => setTimeout(draw));
  vi.stubGlobal('cancelAnimationFrame', clearTimeout);
});

const lines = 5_000;
const event = (seq: number): Event => ({
  seq,
  kind: 'assistant',
  message: `line ${seq}`,
  data: null,
  at: '2026-11-23T21:00:00.000Z',
});

/** A log of `lines` events at a server that may be away. */
async function openLog() {
  const server = { away: false, asked: 0, whenAsked: () => {} };
  const transport: Pick<Transport, 'readEvents' | 'followEvents'> = {
    async readEvents(_runId, page: EventsPage) {
      // Its tasks, which are asked for besides: it has none.
      if ('tools' in page && page.tools) return [];
      server.asked += 1;
      server.whenAsked();
      if (server.away) throw new TransportError('UNREACHABLE', 'The server does not answer');
      const end = 'before' in page ? Math.min(page.before, lines + 1) : 0;
      const from = Math.max(1, end - page.limit);
      return Array.from({ length: end - from }, (_item, index) => event(from + index));
    },
    followEvents: () => () => undefined,
  };
  const log = new SessionLog(transport as Transport, 'clr1', () => undefined);
  log.start();
  await expect.poll(() => log.state.isOpen).toBe(true);
  return { log, server };
}

test('a log is read from its end to its beginning, each event once', async () => {
  const { log } = await openLog();
  expect(await log.loadTo(1)).toBe(true);
  expect(log.conversation.firstSeq).toBe(1);
  expect(log.conversation.items.map(({ seq }) => seq)).toEqual(
    Array.from({ length: lines }, (_item, index) => index + 1),
  );
  log.stop();
});

test('a page that fails is told as not all, and is asked for again, also when it had been asked for ahead', async () => {
  const { log, server } = await openLog();
  server.whenAsked = () => {
    // The one that is read ahead while the third is taken up.
    if (server.asked === 4) server.away = true;
  };
  expect(await log.loadTo(1)).toBe(false);
  expect(log.state.error).toMatchObject({ code: 'UNREACHABLE' });
  const { firstSeq } = log.conversation;
  expect(firstSeq).toBeGreaterThan(1);
  expect(await log.loadTo(1)).toBe(false);
  server.away = false;
  expect(await log.loadTo(1)).toBe(true);
  expect(log.state.error).toBeNull();
  expect(log.conversation.firstSeq).toBe(1);
  expect(log.conversation.items).toHaveLength(lines);
  log.stop();
});

test('an event that lies beyond a page that failed is not taken for read', async () => {
  const { log, server } = await openLog();
  server.away = true;
  expect(await log.loadTo(4_000)).toBe(false);
  server.away = false;
  expect(await log.loadTo(4_000)).toBe(true);
  expect(log.conversation.firstSeq).toBeLessThanOrEqual(4_000);
  log.stop();
});

test('a page that was asked for ahead may fail when nobody wants it any more', async () => {
  const { log, server } = await openLog();
  const over = new AbortController();
  server.whenAsked = () => {
    if (server.asked < 3) return;
    server.away = true;
    over.abort();
  };
  expect(await log.loadTo(1, undefined, over.signal)).toBe(false);
  // What nobody catches fails this test too.
  await new Promise((resolve) => setTimeout(resolve));
  expect(log.state.error).toBeNull();
  server.away = false;
  server.whenAsked = () => {};
  expect(await log.loadTo(1)).toBe(true);
  expect(log.conversation.items).toHaveLength(lines);
  log.stop();
});

import type { Event } from '@agentfleet/contract';
import { beforeEach, expect, test, vi } from 'vitest';
import { type EventsPage, type Transport, TransportError } from '../transport/transport.js';
import { byFile, changesIn } from './file-changes.js';
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
async function openLog({ isAtEnd = false, event: eventAt = event } = {}) {
  const server = { lines, away: false, asked: 0, whenAsked: () => {}, append: (_events: Event[]) => {} };
  const view = { isAtEnd };
  const transport: Pick<Transport, 'readEvents' | 'followEvents'> = {
    async readEvents(_runId, page: EventsPage) {
      // Its tasks, which are asked for besides: it has none.
      if ('tools' in page && page.tools) return [];
      server.asked += 1;
      server.whenAsked();
      if (server.away) throw new TransportError('UNREACHABLE', 'The server does not answer');
      const end = 'before' in page ? Math.min(page.before, server.lines + 1) : 0;
      const from = Math.max(1, end - page.limit);
      return Array.from({ length: end - from }, (_item, index) => eventAt(from + index));
    },
    followEvents(_runId, _after, append) {
      server.append = append;
      return () => undefined;
    },
  };
  const log = new SessionLog(
    transport as Transport,
    'clr1',
    () => view.isAtEnd,
    () => undefined,
  );
  log.start();
  await expect.poll(() => log.state.isOpen).toBe(true);
  return { log, server, view };
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

/** Every fourth is the call of an edit, and the one after it what that answered. */
const edits = (seq: number): Event => {
  const id = `toolu_${Math.floor(seq / 4)}`;
  if (seq % 4 === 0) {
    const input = { file_path: `/${seq % 3}`, old_string: 'a', new_string: 'b\nc' };
    return { ...event(seq), kind: 'tool_use', data: { type: 'tool_use', id, name: 'Edit', input } };
  }
  return seq % 4 === 1
    ? { ...event(seq), kind: 'tool_result', data: { type: 'tool_result', tool_use_id: id, content: 'ok' } }
    : event(seq);
};

test('of a session that goes on for long only the end is kept while that is looked at, and what changed in its files', async () => {
  const { log, server, view } = await openLog({ isAtEnd: true, event: edits });
  const changes = () => {
    const known = new Map(
      [...log.changesGivenBack, ...changesIn(log.conversation.items)].map((each) => [each.seq, each]),
    );
    return byFile([...known.values()]);
  };
  const grow = async (count: number) => {
    const version = log.version();
    const from = server.lines + 1;
    server.lines += count;
    server.append(Array.from({ length: count }, (_event, index) => edits(from + index)));
    await expect.poll(log.version).not.toBe(version);
  };
  const before = changes();
  for (let batch = 0; batch < 40; batch += 1) await grow(500);
  expect(log.conversation.items.length).toBeLessThanOrEqual(3_000);
  expect(log.conversation.lastSeq).toBe(server.lines);
  const total = (of: typeof before) => of.reduce((sum, { added }) => sum + added, 0);
  expect(total(changes()) - total(before)).toBe((20_000 / 4) * 2);

  // Whoever reads further up is left what is there.
  view.isAtEnd = false;
  const { firstSeq } = log.conversation;
  await grow(5_000);
  expect(log.conversation.firstSeq).toBe(firstSeq);
  await log.loadEarlier();
  expect(log.conversation.firstSeq).toBe(firstSeq - 500);
  view.isAtEnd = true;
  await grow(1);
  expect(log.conversation.items.length).toBeLessThanOrEqual(3_000);
  expect(total(changes()) - total(before)).toBe((25_000 / 4 + 1) * 2);
  log.stop();
});

test('a change that waits is not given back before it is done', async () => {
  const { log, server } = await openLog({ isAtEnd: true });
  const data = { type: 'tool_use', id: 'waits', name: 'Write', input: { file_path: '/a', content: 'one' } };
  server.append([{ ...event(lines + 1), kind: 'tool_use', data }]);
  server.append(Array.from({ length: 4_000 }, (_event, index) => event(lines + 2 + index)));
  await expect.poll(() => log.conversation.at(0)?.seq).toBe(lines + 1);
  const done = { type: 'tool_result', tool_use_id: 'waits', content: 'ok' };
  server.append([{ ...event(lines + 4_002), kind: 'tool_result', data: done }]);
  await expect.poll(() => log.changesGivenBack).toMatchObject([{ path: '/a', added: 1 }]);
  log.stop();
});

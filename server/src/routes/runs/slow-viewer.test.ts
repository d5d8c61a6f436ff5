import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type ClaimedRun, CreateRun, type Event } from '@agentfleet/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEventLog } from '../../eventlog/create-eventlog.js';
import { machine } from '../../testing/machine.js';
import { startTestServer, type TestServer } from '../../testing/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const batches = 40;
const batchOf = 10;
const line = 'x'.repeat(100_000);

async function aRunningRun(): Promise<ClaimedRun> {
  const { queue, orgId } = server;
  const { id } = await queue.register(orgId, machine());
  await queue.enqueue(orgId, CreateRun.parse({ prompt: 'do it', cwd: '/code' }));
  const idle = { leases: [], acknowledged: [], draining: false, slots: 1, waitSec: 0 };
  const [run] = (await queue.claim(orgId, id, idle, new AbortController().signal)).runs;
  if (!run) throw new Error('nothing was claimed');
  await queue.start(orgId, run.id, { token: run.token });
  return run;
}

/** A viewer that opens a stream and then takes nothing from its connection. */
async function stalledViewer(runId: string): Promise<Socket> {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.write(
    `GET /api/v1/runs/${runId}/events HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${server.key}\r\n` +
      'Accept: text/event-stream\r\n\r\n',
  );
  await once(socket, 'readable');
  return socket;
}

async function buffered(): Promise<number> {
  const text = await (await server.call('GET', '/metrics', { key: null })).text();
  return Number(/^agentfleet_viewer_buffer_bytes (\S+)$/m.exec(text)?.[1]);
}

test('a viewer that stops taking the stream holds one batch, however much is logged, and misses nothing', async () => {
  const run = await aRunningRun();
  const socket = await stalledViewer(run.id);
  const log = createEventLog(server.database);
  let most = 0;
  for (let batch = 0; batch < batches; batch += 1) {
    const events = Array.from({ length: batchOf }, (_item, index): Event => {
      const seq = batch * batchOf + index + 1;
      return { seq, kind: 'assistant', message: line, data: null, at: '2026-11-24T10:00:00.000Z' };
    });
    await log.append(server.orgId, run.id, { token: run.token, events });
    most = Math.max(most, await buffered());
  }
  // 40 MB are in the log. Something waits for the viewer, so it is stalled indeed.
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThan(3_000_000);

  let rest = '';
  const seen: number[] = [];
  socket.setEncoding('latin1').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const one of lines) if (one.startsWith('id: ')) seen.push(Number(one.slice(4)));
  });
  await expect.poll(() => seen.length, { timeout: 15_000 }).toBe(batches * batchOf);
  expect(seen).toEqual(Array.from({ length: batches * batchOf }, (_item, index) => index + 1));
  socket.destroy();
});

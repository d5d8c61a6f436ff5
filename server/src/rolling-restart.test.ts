import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Haproxy, hasHaproxy, startHaproxy } from './testing/haproxy.js';
import { event } from './testing/org-with-queue.js';
import { freePort, startTestPostgres, type TestPostgres } from './testing/postgres.js';
import { RunnerClient } from './testing/runner-client.js';
import { callerAt, startTestServer, type TestServer } from './testing/server.js';

if (!hasHaproxy) console.warn('Restarts behind a proxy are not tested: there is no haproxy here.');
/** Longer than the proxy takes to find out, ms. */
const drainMs = 3_000;

let postgres: TestPostgres;
let proxy: Haproxy | undefined;
const servers: TestServer[] = [];
const ports: number[] = [];
const start = (port: number) => startTestServer({ databaseUrl: postgres.url, port });

beforeAll(async () => {
  postgres = await startTestPostgres();
  for (let index = 0; index < 2; index += 1) {
    const port = await freePort();
    ports.push(port);
    servers.push(await start(port));
  }
  if (hasHaproxy) proxy = await startHaproxy(ports);
});
afterAll(async () => {
  for (const server of servers) await server.close();
  await proxy?.close();
  await postgres?.stop();
});

test('a server that is stopped says so to proxies while it still answers, and then ends who waits', async () => {
  const server = await startTestServer({ databaseUrl: postgres.url });
  const runner = new RunnerClient(server, server.key);
  ({ id: runner.id } = await runner.register());
  const waiting = runner.claim({ waitSec: 30 });
  const closed = server.close(drainMs);
  const ready = await server.call('GET', '/readyz', { key: null });
  expect(ready.status).toBe(503);
  expect(ready.headers.get('connection')).toBe('close');
  const made = await server.call('POST', '/api/v1/runs', { body: { prompt: 'go', cwd: '/elsewhere' } });
  expect(made.status).toBe(201);
  expect((await waiting).runs).toEqual([]);
  await closed;
  await expect(server.call('GET', '/healthz', { key: null })).rejects.toThrow('fetch failed');
});

test.runIf(hasHaproxy)(
  'two servers behind a proxy that are restarted one after the other fail no request',
  async () => {
    const [first] = servers;
    if (!first || !proxy) throw new Error('Nothing was started');
    const through = { ...first, call: callerAt(proxy.url, first.key) };
    const runner = new RunnerClient(through, first.key, { maxConcurrentRuns: 4 });
    ({ id: runner.id } = await runner.register());
    const run = await runner.startsRun();
    const idle = new RunnerClient(through, first.key);
    ({ id: idle.id } = await idle.register());
    const over = new AbortController();
    const failed: string[] = [];
    let done = 0;
    /** One after the other until it is over; what fails is kept. */
    const keep = async (name: string, work: () => Promise<unknown>) => {
      while (!over.signal.aborted) {
        await work().then(
          () => {
            done += 1;
          },
          (error: Error) => failed.push(`${name}: ${error.message} ${(error.cause as Error)?.message ?? ''}`),
        );
        await delay(5);
      }
    };
    let seq = 0;
    const taken = async (answer: Promise<Response>) => {
      const { status } = await answer;
      if (status >= 400) throw new Error(String(status));
    };
    const append = () => {
      seq += 1;
      return runner.say(`/runs/${run.id}/events`, { token: run.token, events: [event(seq)] });
    };
    const launch = () =>
      taken(
        through.call('POST', '/api/v1/runs', { body: { prompt: 'go', cwd: `/none/${crypto.randomUUID()}` } }),
      );
    const load = [
      keep('append', append),
      keep('claim', () => idle.claim({ waitSec: 1 })),
      ...Array.from({ length: 2 }, () => keep('launch', launch)),
      ...Array.from({ length: 4 }, () =>
        keep('list', () => taken(through.call('GET', '/api/v1/runs?limit=5'))),
      ),
    ];
    for (const [index, port] of ports.entries()) {
      await delay(500);
      await servers[index]?.close(drainMs);
      servers[index] = await start(port);
      const before = done;
      await expect.poll(() => done - before).toBeGreaterThan(50);
    }
    over.abort();
    await Promise.all(load);
    expect(failed).toEqual([]);
  },
  60_000,
);

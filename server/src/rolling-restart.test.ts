import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Haproxy, hasHaproxy, startHaproxy } from './testing/haproxy.js';
import { hasNginx, startBalancer } from './testing/nginx.js';
import { event } from './testing/org-with-queue.js';
import { freePort, startTestPostgres, type TestPostgres } from './testing/postgres.js';
import { RunnerClient } from './testing/runner-client.js';
import { callerAt, startTestServer, type TestServer } from './testing/server.js';
import { startServerProcess, terminate } from './testing/server-process.js';

if (!hasHaproxy) console.warn('Restarts behind HAProxy are not tested: there is no haproxy here.');
if (!hasNginx) console.warn('Restarts behind nginx are not tested: there is no nginx here.');
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

/**
 * What a fleet and people ask through a proxy until it is over: appends, claims, launches and lists, one after the other each.
 * @returns what failed by then, and how much was done
 */
async function workThrough(url: string, key: string) {
  const through = { call: callerAt(url, key) };
  const runner = await RunnerClient.enrolled(through, key, { maxConcurrentRuns: 4 });
  const run = await runner.startsRun();
  const idle = await RunnerClient.enrolled(through, key);
  const over = new AbortController();
  const failed: string[] = [];
  let done = 0;
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
  return {
    failed,
    /** Resolves when so much more was done. */
    goesOn: async (more = 50) => {
      const before = done;
      await expect.poll(() => done - before, { timeout: 20_000 }).toBeGreaterThan(more);
    },
    async end() {
      over.abort();
      await Promise.all(load);
      // A log that lacks its end tells less than the request that failed.
      if (failed.length > 0) return failed;
      const stored = await through.call('GET', `/api/v1/runs/${run.id}/events?limit=1000&after=${seq - 1}`);
      const { data } = (await stored.json()) as { data: { seq: number }[] };
      expect(data.map((one) => one.seq)).toEqual([seq]);
      return failed;
    },
  };
}

test.runIf(hasHaproxy)(
  'two servers behind a proxy that are restarted one after the other fail no request',
  async () => {
    const [first] = servers;
    if (!first || !proxy) throw new Error('Nothing was started');
    const work = await workThrough(proxy.url, first.key);
    for (const [index, port] of ports.entries()) {
      await delay(500);
      await servers[index]?.close(drainMs);
      servers[index] = await start(port);
      await work.goesOn();
    }
    expect(await work.end()).toEqual([]);
  },
  60_000,
);

describe.each([
  ['nginx', hasNginx, startBalancer],
  ['HAProxy', hasHaproxy, startHaproxy],
] as const)('behind %s', (_name, isHere, startProxy) => {
  // A minute each: a lane of its own.
  test.runIf(isHere && process.env.TEST_WHOLE)(
    'two processes that SIGTERM ends one after the other, and that start again, fail no request',
    async () => {
      const database = await startTestPostgres();
      const folder = mkdtempSync(join(tmpdir(), 'agentfleet-restart-'));
      const keyFile = join(folder, 'key');
      const own = [await freePort(), await freePort()];
      const env = (port: number) => ({
        ...{ DATABASE_URL: database.url, PORT: String(port), DRAIN_SEC: String(drainMs / 1_000) },
      });
      const processes: ChildProcess[] = [];
      for (const port of own)
        processes.push(
          await startServerProcess({
            ...env(port),
            ...(processes.length === 0 && { AGENTFLEET_FIRST_KEY_FILE: keyFile }),
          }),
        );
      const between = await startProxy(own);
      try {
        const work = await workThrough(between.url, readFileSync(keyFile, 'utf8').trim());
        for (const [index, port] of own.entries()) {
          await work.goesOn();
          expect(await terminate(processes[index] as ChildProcess)).toBe(0);
          await work.goesOn();
          processes[index] = await startServerProcess(env(port));
          await work.goesOn();
        }
        expect(await work.end()).toEqual([]);
      } finally {
        for (const child of processes) child.kill('SIGKILL');
        await between.close();
        await database.stop();
        rmSync(folder, { recursive: true });
      }
    },
    120_000,
  );
});

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { startTestPostgres, type TestPostgres } from './testing/postgres.js';
import { RunnerClient } from './testing/runner-client.js';
import { startTestServer, type TestServer } from './testing/server.js';

const crowd = 60;

let postgres: TestPostgres;
let server: TestServer;
beforeAll(async () => {
  postgres = await startTestPostgres();
  server = await startTestServer({ databaseUrl: postgres.url });
});
afterEach(() => void vi.restoreAllMocks());
afterAll(async () => {
  await server.close();
  await postgres.stop();
});

const plainQuery = pg.Client.prototype.query;

/** What goes to PostgreSQL from here on: the names of statements, or their texts where they have none. */
function statements(): { count: (what: RegExp) => number; all: string[] } {
  const all: string[] = [];
  vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (this: pg.Client, ...given: unknown[]) {
    const [asked] = given as [string | { name?: string; text?: string }];
    all.push(typeof asked === 'string' ? asked : (asked.name ?? asked.text ?? ''));
    return Reflect.apply(plainQuery, this, given) as never;
  } as never);
  return { all, count: (what) => all.filter((one) => what.test(one)).length };
}

/** Opens a stream. @returns it, begun, with the first bytes there */
async function open(path: string): Promise<IncomingMessage> {
  const request = get(`${server.url}/api/v1${path}`, {
    headers: { authorization: `Bearer ${server.key}`, accept: 'text/event-stream' },
    agent: false,
  });
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  expect(answer.statusCode).toBe(200);
  return answer;
}

/** Nothing of the table is answered until the whole crowd has come: how fast one statement is must not matter. */
async function atOnce<Answers>(table: string, work: () => Promise<Answers>): Promise<Answers> {
  const holder = new pg.Client({ connectionString: postgres.url });
  await holder.connect();
  // Not counted.
  const ask = (text: string) => Reflect.apply(plainQuery, holder, [text]) as unknown as Promise<unknown>;
  await ask(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
  let came = 0;
  const count = () => {
    came += 1;
  };
  subscribe('http.server.request.start', count);
  try {
    const answers = work();
    await expect.poll(() => came).toBe(crowd);
    await ask('COMMIT');
    return await answers;
  } finally {
    unsubscribe('http.server.request.start', count);
    await holder.end();
  }
}

test('a runner that comes back registers with one statement, and what is known of keys is read and noted for many together', async () => {
  const key = await server.makeKey(['runner']);
  const runners = await Promise.all(
    Array.from({ length: crowd }, () => RunnerClient.enrolled(server, key, { name: crypto.randomUUID() })),
  );
  const asked = statements();
  const answers = await atOnce('api_keys', () => Promise.all(runners.map((runner) => runner.register())));
  expect(answers.map(({ id }) => id)).toEqual(runners.map(({ id }) => id));
  expect(asked.count(/^register-own-runner$/)).toBe(crowd);
  expect(asked.count(/^(BEGIN|COMMIT)$/)).toBe(0);
  expect(asked.count(/^(find-api-keys|note-key-use)$/)).toBeLessThan(crowd / 2);
  expect(asked.all.length).toBeLessThan(crowd * 2);
});

test('what a runner with its own credential says of itself is stored, and a pause told', async () => {
  const runner = await RunnerClient.enrolled(server, await server.makeKey(['runner']));
  const paused = { note: 'for the night' };
  expect((await server.call('POST', `/api/v1/runners/${runner.id}/pause`, { body: paused })).status).toBe(
    200,
  );
  const answer = await runner.say('/runners/register', {
    ...runner.facts,
    hostname: 'moved',
    maxConcurrentRuns: 7,
  });
  expect(answer).toMatchObject({
    id: runner.id,
    pause: { note: 'for the night', by: 'test', atMachine: false },
  });
  const shown = await (await server.call('GET', `/api/v1/runners/${runner.id}`)).json();
  expect(shown).toMatchObject({ hostname: 'moved', maxConcurrentRuns: 7, state: 'paused' });
  // Another machine is not this runner, and nothing of it is stored.
  const other = { ...runner.facts, machineId: crypto.randomUUID(), hostname: 'elsewhere' };
  expect(await runner.refused('/runners/register', other)).toMatchObject({ status: 404 });
  expect(await (await server.call('GET', `/api/v1/runners/${runner.id}`)).json()).toMatchObject({
    hostname: 'moved',
  });
});

test('viewers who open a log at once share few statements', async () => {
  const made = await server.call('POST', '/api/v1/runs', { body: { prompt: 'go', cwd: '/code' } });
  const { id } = (await made.json()) as { id: string };
  const asked = statements();
  const streams = await atOnce('runs', () =>
    Promise.all(Array.from({ length: crowd }, () => open(`/runs/${id}/events`))),
  );
  expect(asked.count(/^status-of-runs$/)).toBeLessThan(crowd / 4);
  expect(asked.all.length).toBeLessThan(crowd * 1.5);
  for (const stream of streams) stream.destroy();
  expect(
    (
      await server.call('GET', '/api/v1/runs/clr0000000000000000000000/events', {
        headers: { accept: 'text/event-stream' },
      })
    ).status,
  ).toBe(404);
});

test('a server that answers nobody for a while sends away whoever it could not answer in time, but no other org, and takes all again after that', async () => {
  const other = await server.makeKey(['admin'], await server.makeOrg());
  const holder = new pg.Client({ connectionString: postgres.url });
  await holder.connect();
  await holder.query('BEGIN; LOCK TABLE runs IN ACCESS EXCLUSIVE MODE');
  const launch = () => server.call('POST', '/api/v1/runs', { body: { prompt: 'go', cwd: '/code' } });
  const refused: Response[] = [];
  const launched = Array.from({ length: 1_200 }, async () => {
    const answer = await launch();
    if (answer.status === 503) refused.push(answer);
    return answer.status;
  });
  await expect.poll(() => refused.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(250);
  expect((await server.call('GET', '/api/v1/api-keys', { key: other })).status).toBe(200);
  expect((await server.call('GET', '/readyz', { key: null })).status).toBe(200);
  const times = refused.map(({ headers }) => Number(headers.get('retry-after')));
  expect(Math.min(...times)).toBeGreaterThanOrEqual(1);
  expect(Math.max(...times)).toBeLessThanOrEqual(10);
  expect(new Set(times).size).toBeGreaterThan(3);
  await holder.end();
  const statuses = await Promise.all(launched);
  expect(statuses.filter((status) => status === 201).length).toBeGreaterThan(300);
  expect((await launch()).status).toBe(201);
}, 60_000);

test('those who watch what changes in an org at once look at its runners once', async () => {
  const asked = statements();
  const streams = await Promise.all(Array.from({ length: crowd }, () => open('/stream')));
  await Promise.all(streams.map((stream) => once(stream, 'data')));
  // One may be that which is made every five seconds.
  expect(asked.count(/^look-at-runners$/)).toBeLessThanOrEqual(2);
  for (const stream of streams) stream.destroy();
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase } from '../../db/open.js';
import { PostgresWakeups } from '../../db/postgres-wakeups.js';
import { defaultPolicy } from '../../queue/policy.js';
import { defaultPace } from '../../server.js';
import { DatabaseLink } from '../../testing/database-link.js';
import { machine } from '../../testing/machine.js';
import { startTestPostgres, type TestPostgres } from '../../testing/postgres.js';
import { startTestServer, type TestServer } from '../../testing/server.js';

const never = 24 * 3_600_000;
/** Nothing is found by looking slowly: what arrives was woken. */
const byWakeupsAlone = {
  ...defaultPace,
  policy: { ...defaultPolicy, pollMs: never },
  sweepMs: never,
  tailPollMs: never,
};

let postgres: TestPostgres;
let one: TestServer;
let two: TestServer;
let three: TestServer;
let runnerId: string;
let directories = 0;

beforeAll(async () => {
  postgres = await startTestPostgres();
  const start = () => startTestServer({ databaseUrl: postgres.url, pace: byWakeupsAlone });
  one = await start();
  two = await start();
  three = await start();
  const registered = await ask(two, 'POST', '/runners/register', machine({ maxConcurrentRuns: 100 }));
  runnerId = registered.id as string;
});
afterAll(async () => {
  await Promise.all([one, two, three].map((server) => server.close()));
  await postgres.stop();
});

/** One call of the API with the key of the first server's org; throws on a refusal. */
async function ask(server: TestServer, method: string, path: string, body?: unknown, signal?: AbortSignal) {
  const response = await call(server, method, path, body, signal);
  const answer = (await response.json()) as Record<string, unknown>;
  if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
  return answer;
}

function call(server: TestServer, method: string, path: string, body?: unknown, signal?: AbortSignal) {
  return server.call(method, `/api/v1${path}`, {
    key: one.key,
    headers: { 'agentfleet-protocol': '1' },
    ...(body !== undefined && { body }),
    ...(signal && { signal }),
  });
}

const launch = (on: TestServer) => {
  directories += 1;
  return ask(on, 'POST', '/runs', { prompt: 'do it', cwd: `/code/${directories}`, runnerId });
};
const claim = (through: TestServer, signal?: AbortSignal) =>
  ask(through, 'POST', `/runners/${runnerId}/claim`, { leases: [], slots: 1, waitSec: 30 }, signal);

/** A run that was posted and claimed, and has begun. */
async function aRunningRun() {
  const { id } = await launch(one);
  const { runs } = await claim(two);
  const [run] = runs as { id: string; token: string }[];
  if (!run || run.id !== id) throw new Error('another run was claimed');
  await ask(two, 'POST', `/runs/${id}/start`, { token: run.token });
  return run;
}

const append = (through: TestServer, run: { id: string; token: string }, seq: number) =>
  ask(through, 'POST', `/runs/${run.id}/events`, {
    token: run.token,
    events: [{ seq, kind: 'assistant', message: `line ${seq}`, data: null, at: new Date().toISOString() }],
  });

/** The event stream of a run as it arrives. */
async function watch(server: TestServer, runId: string) {
  const over = new AbortController();
  const response = await server.call('GET', `/api/v1/runs/${runId}/events`, {
    key: one.key,
    headers: { accept: 'text/event-stream' },
    signal: over.signal,
  });
  const stream = { text: '', close: () => over.abort() };
  const read = async () => {
    for await (const chunk of response.body ?? []) stream.text += Buffer.from(chunk).toString('utf8');
  };
  read().catch(() => undefined);
  return stream;
}

/** Ends the connection on which a server hears and says wake-ups. */
async function killWakeups(server: TestServer): Promise<void> {
  const kill = {
    name: 'kill-wakeups',
    text: `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND (query = 'LISTEN agentfleet' OR query LIKE 'SELECT pg_notify%')`,
  };
  // All servers share the database, and each has one such connection.
  await server.database.query(kill, []);
}

test('a run posted to one server is claimed through another, and watched on a third by stream and by long-poll', async () => {
  const waiting = claim(two);
  const { id } = await launch(one);
  const [run] = (await waiting).runs as { id: string; token: string }[];
  expect(run?.id).toBe(id);
  if (!run) throw new Error('nothing was claimed');
  await ask(one, 'POST', `/runs/${id}/start`, { token: run.token });

  const stream = await watch(three, run.id);
  const polled = ask(three, 'GET', `/runs/${id}/events?after=0&wait=30`);
  await append(two, run, 1);
  expect((await polled).data).toMatchObject([{ seq: 1, message: 'line 1' }]);
  await append(one, run, 2);
  await expect.poll(() => stream.text).toContain('id: 2\n');

  const cancelled = claim(three);
  await ask(one, 'POST', `/runs/${id}/cancel`);
  const commands = (await cancelled).commands as { id: string }[];
  expect(commands).toMatchObject([{ runId: id, kind: 'cancel' }]);
  await ask(one, 'POST', `/runners/${runnerId}/heartbeat`, {
    leases: [],
    acknowledged: commands.map((command) => command.id),
  });
  stream.close();
});

test('what happens while the connections for wake-ups are down reaches who waits as soon as they are back', async () => {
  const run = await aRunningRun();
  const stream = await watch(three, run.id);
  await append(one, run, 1);
  await expect.poll(() => stream.text).toContain('id: 1\n');
  const polled = ask(three, 'GET', `/runs/${run.id}/events?after=2&wait=30`);
  const over = new AbortController();
  const waiting = claim(two, over.signal);
  await expect.poll(async () => (await ask(one, 'GET', '/queue')).runnersPolling).toBe(1);

  for (const seq of [2, 3]) {
    await killWakeups(one);
    await append(one, run, seq);
  }
  const { id } = await launch(three);
  expect((await polled).data).toMatchObject([{ seq: 3 }]);
  await expect.poll(() => stream.text).toContain('id: 3\n');
  expect((await waiting).runs).toMatchObject([{ id }]);
  expect(stream.text.match(/^id: .*$/gm)).toEqual(['id: 1', 'id: 2', 'id: 3']);
  stream.close();
});

test('while the database is away it is asked for one connection for wake-ups at a time', async () => {
  const link = await DatabaseLink.to(postgres.url);
  const wakeups = await PostgresWakeups.open(link.url);
  link.goAway();
  await expect.poll(() => link.attempts.length, { timeout: 10_000 }).toBeGreaterThan(5);
  const [, ...again] = link.attempts;
  const gaps = again.slice(1).map((at, index) => at - (again[index] ?? 0));
  expect(Math.min(...gaps)).toBeGreaterThan(400);

  // What could not be said meanwhile is said when it is back.
  const heard: string[] = [];
  const other = await PostgresWakeups.open(postgres.url);
  other.listen('run:clr1', () => heard.push('run:clr1'));
  wakeups.wake('run:clr1');
  link.returns();
  await expect.poll(() => heard, { timeout: 5_000 }).toEqual(['run:clr1']);
  await wakeups.close();
  await other.close();
  await link.close();
});

test('a connection that breaks in the middle of a transaction fails that transaction, and nothing else', async () => {
  const link = await DatabaseLink.to(postgres.url);
  const database = await openDatabase({ url: link.url, dataDir: null });
  const count = { name: 'count-orgs', text: 'SELECT count(*) AS count FROM orgs' };
  const working = database.transaction(async (tx) => {
    await tx.query(count, []);
    link.cut();
    // Once another connection has answered, this end knows of the cut, with no statement under way to tell it.
    await database.query(count, []);
    await tx.query(count, []);
  });
  await expect(working).rejects.toThrow();
  expect(await database.query(count, [])).toHaveLength(1);
  await database.close();
  await link.close();
});

test('a connection to the database that answers nothing is given up, and the next one serves', async () => {
  const link = await DatabaseLink.to(postgres.url);
  const database = await openDatabase({ url: link.url, dataDir: null, answerMs: 300 });
  const count = { name: 'count-orgs', text: 'SELECT count(*) AS count FROM orgs' };
  await database.query(count, []);
  link.stop();
  await expect(database.query(count, [])).rejects.toThrow('timeout');
  link.goesOn();
  expect(await database.query(count, [])).toHaveLength(1);
  await database.close();
  await link.close();
});

import type { Changes } from '@agentfleet/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { defaultPolicy } from '../../queue/policy.js';
import { defaultPace } from '../../server.js';
import { watchChanges } from '../../testing/changes.js';
import { DatabaseLink } from '../../testing/database-link.js';
import { machine } from '../../testing/machine.js';
import { startTestPostgres, type TestPostgres } from '../../testing/postgres.js';
import { startTestServer, type TestServer } from '../../testing/server.js';

const runner = { 'agentfleet-protocol': '1' };
/** Whoever was not heard of for a second is offline, and that is seen soon. */
const pace = { ...defaultPace, policy: { ...defaultPolicy, onlineMs: 1_500 }, runnerLookMs: 100 };

let postgres: TestPostgres;
let one: TestServer;
let two: TestServer;
let directories = 0;

beforeAll(async () => {
  postgres = await startTestPostgres();
  one = await startTestServer({ databaseUrl: postgres.url, pace });
  two = await startTestServer({ databaseUrl: postgres.url, pace });
});
afterAll(async () => {
  await Promise.all([one?.close(), two?.close()]);
  await postgres.stop();
});

async function ask(on: TestServer, method: string, path: string, body?: unknown, key = one.key) {
  const response = await on.call(method, `/api/v1${path}`, {
    key,
    headers: runner,
    ...(body !== undefined && { body }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as { id: string } & Record<string, unknown>;
}

async function launch(on: TestServer, rest: object = {}, key = one.key): Promise<string> {
  directories += 1;
  return (await ask(on, 'POST', '/runs', { prompt: 'do it', cwd: `/code/${directories}`, ...rest }, key)).id;
}

/** A run that has begun at a runner of its own. */
async function aRunningRun() {
  const { id: runnerId } = await ask(one, 'POST', '/runners/register', machine());
  const id = await launch(one, { runnerId });
  const { runs } = await ask(one, 'POST', `/runners/${runnerId}/claim`, {
    leases: [],
    slots: 1,
    waitSec: 10,
  });
  const [run] = runs as { id: string; token: string }[];
  if (run?.id !== id) throw new Error('another run was claimed');
  await ask(one, 'POST', `/runs/${id}/start`, { token: run.token });
  return { ...run, runnerId };
}

const line = (seq: number) => ({
  ...{ seq, kind: 'assistant', message: `line ${seq}`, data: null, at: '2026-11-24T10:00:00.000Z' },
});
const has = (kind: keyof Changes, id: string) => (changes: Changes) => changes[kind]?.includes(id) === true;

test('what changes through one server is told by the streams of both, by id and by kind', async () => {
  const [here, there] = await Promise.all([watchChanges(one, one.key), watchChanges(two, one.key)]);
  const run = await aRunningRun();
  for (const viewer of [here, there]) {
    await viewer.sees(has('runs', run.id));
    await viewer.sees(has('runners', run.runnerId));
  }
  await ask(one, 'POST', `/runs/${run.id}/events`, { token: run.token, events: [line(1)] });
  for (const viewer of [here, there]) await viewer.sees(has('logs', run.id));
  const asked = {
    tool: 'Bash',
    message: 'Bash ls',
    input: {},
    toolUseId: null,
    sessionGrant: null,
    waitSec: 60,
  };
  const { id } = await ask(two, 'POST', `/runs/${run.id}/approvals`, {
    token: run.token,
    requestId: 'r1',
    ...asked,
  });
  for (const viewer of [here, there]) await viewer.sees(has('approvals', id));
  expect(there.everything).toBe(0);
  here.close();
  there.close();
});

test('a stream goes on behind the last event that its viewer had', async () => {
  const before = await watchChanges(one, one.key);
  const first = await launch(one);
  await before.sees(has('runs', first));
  before.close();
  const missed = await launch(two);
  const after = await watchChanges(one, one.key, { lastEventId: before.lastId });
  await after.sees(has('runs', missed));
  expect(after.everything).toBe(0);
  expect(after.changes.some(has('runs', first))).toBe(false);
  after.close();
});

test('who comes from another server, or from one that has forgotten, is told to look at everything', async () => {
  const before = await watchChanges(one, one.key);
  before.close();
  const elsewhere = await watchChanges(two, one.key, { lastEventId: before.lastId });
  await expect.poll(() => elsewhere.everything).toBe(1);
  elsewhere.close();
});

test('who has read just before is told what changed since, and no more than that', async () => {
  const old = await launch(one);
  const watched = await watchChanges(one, one.key, { past: 60_000 });
  await watched.sees(has('runs', old));
  watched.close();
  await new Promise((resolve) => setTimeout(resolve, 400));
  const fresh = await watchChanges(one, one.key, { past: 100 });
  const next = await launch(one);
  await fresh.sees(has('runs', next));
  expect(fresh.changes.some(has('runs', old))).toBe(false);
  fresh.close();
});

test('nothing of another org is told, whatever changes there', async () => {
  const org = await one.makeOrg();
  const key = await one.makeKey(['admin'], org);
  const theirs = await watchChanges(one, key, { past: 60_000 });
  const ours = await launch(one);
  const own = await launch(two, {}, key);
  await theirs.sees(has('runs', own));
  expect(theirs.text).not.toContain(ours);
  expect(theirs.changes).toEqual([{ runs: [own] }]);
  theirs.close();
});

test('a key that may not read sessions has no stream, and one that is revoked loses it', async () => {
  const blind = await one.makeKey(['runner']);
  const refused = await one.call('GET', '/api/v1/stream', { key: blind });
  expect(refused.status).toBe(403);
  const { id, key } = (await ask(one, 'POST', '/api-keys', { name: 'short', scopes: ['runs:read'] })) as {
    id: string;
    key: string;
  };
  const viewer = await watchChanges(two, key);
  await ask(one, 'DELETE', `/api-keys/${id}`);
  await viewer.closed;
});

test('a stream counts for what a key may have open', async () => {
  const limited = await ask(one, 'POST', '/api-keys', {
    ...{ name: 'one stream', scopes: ['runs:read'], limits: { openStreams: 1 } },
  });
  const viewer = await watchChanges(one, limited.key as string);
  const second = await one.call('GET', '/api/v1/stream', { key: limited.key as string });
  expect(second.status).toBe(429);
  viewer.close();
});

test('a runner that falls silent, and one that is back, are told without a word of theirs', async () => {
  const { id } = await ask(one, 'POST', '/runners/register', machine());
  const viewer = await watchChanges(two, one.key);
  await viewer.sees(has('runners', id));
  const seen = viewer.changes.length;
  const idle = { leases: [], acknowledged: [], draining: false };
  await ask(one, 'POST', `/runners/${id}/heartbeat`, idle);
  await expect.poll(() => viewer.changes.slice(seen).some(has('runners', id))).toBe(true);
  viewer.close();
});

test.each(['br', 'gzip'])(
  'each message comes at once through %s, nothing is held back in it',
  async (coding) => {
    const viewer = await watchChanges(one, one.key, { coding });
    expect(viewer.coding).toBe(coding);
    for (let time = 0; time < 3; time += 1) await viewer.sees(has('runs', await launch(one)));
    viewer.close();
  },
);

test('where both codings are wanted alike it is gzip, which holds less memory for each stream', async () => {
  const viewer = await watchChanges(one, one.key, { coding: 'gzip, deflate, br, zstd' });
  expect(viewer.coding).toBe('gzip');
  viewer.close();
});

test('a server that did not hear the others for a while tells its viewers to look at everything', async () => {
  const link = await DatabaseLink.to(postgres.url);
  const three = await startTestServer({ databaseUrl: link.url, pace });
  const viewer = await watchChanges(three, one.key);
  link.goAway();
  const missed = await launch(one);
  link.returns();
  await expect.poll(() => viewer.everything, { timeout: 10_000 }).toBeGreaterThan(0);
  expect(viewer.text).not.toContain(missed);
  const next = await launch(one);
  await viewer.sees(has('runs', next));
  viewer.close();
  await three.close();
  await link.close();
});

import { apiBase, type Route, type RouteName, routes } from '@agentfleet/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Prisma } from '../db/generated/client.js';
import { startTestServer, type TestServer } from '../testing/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const run = { prompt: 'add a health check route', cwd: '/home/you/code/api' };

async function launch(): Promise<string> {
  return ((await (await server.call('POST', '/api/v1/runs', { body: run })).json()) as { id: string }).id;
}

/** Each POST that creates: a body for it, another one, and how many it has made. */
const creating: Partial<
  Record<
    RouteName,
    { body: object; other: object; count: () => Promise<number>; path: () => Promise<string> }
  >
> = {
  createRun: {
    body: run,
    other: { ...run, prompt: 'something else' },
    count: () => server.database.prisma.run.count(),
    path: async () => '/runs',
  },
  followUp: {
    body: { prompt: 'now add a test for it' },
    other: { prompt: 'something else' },
    count: () => server.database.prisma.run.count(),
    path: async () => `/runs/${await launch()}/followup`,
  },
  createApiKey: {
    body: { name: 'ci', scopes: ['runs:read'] },
    other: { name: 'other', scopes: ['runs:read'] },
    count: () => server.database.prisma.apiKey.count(),
    path: async () => '/api-keys',
  },
};

/** Signing in, of a browser or a computer: what is answered is a secret, which is not kept. */
const signsIn = ['createBrowserSession', 'startSignIn'];

test('every POST that creates honours Idempotency-Key, but for signing in', () => {
  const created = (Object.entries(routes) as [RouteName, Route][]).filter(
    ([, route]) => route.status === 201,
  );
  const names = created.map(([name]) => name).filter((name) => !signsIn.includes(name));
  expect(names.sort()).toEqual(Object.keys(creating).sort());
  for (const name of names) expect((routes[name] as Route).idempotent).toBe(true);
});

test.each(Object.entries(creating))(
  'ten requests of %s with one key at once make one thing',
  async (name, route) => {
    const path = apiBase + (await route.path());
    const before = await route.count();
    const headers = { 'idempotency-key': `at once ${name}`.replaceAll(' ', '-') };
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => server.call('POST', path, { body: route.body, headers })),
    );
    expect((await route.count()) - before).toBe(1);
    const made = answers.filter(({ status }) => status === 201);
    expect(made.length).toBeGreaterThan(0);
    const ids = await Promise.all(made.map(async (answer) => ((await answer.json()) as { id: string }).id));
    expect(new Set(ids).size).toBe(1);
    for (const answer of answers.filter(({ status }) => status !== 201)) {
      expect(answer.status).toBe(409);
      expect(await answer.text()).toMatch(/IDEMPOTENCY_KEY_(IN_USE|REUSED)/);
    }
    const other = await server.call('POST', path, { body: route.other, headers });
    expect(other.status).toBe(409);
    expect(await other.json()).toMatchObject({ error: { code: 'IDEMPOTENCY_KEY_REUSED' } });
    expect((await route.count()) - before).toBe(1);
  },
);

test('a refused request frees its key, and its repetitions at the same time are told the same', async () => {
  const id = await launch();
  await server.call('POST', `/api/v1/runs/${id}/cancel`);
  for (const round of Array(20).keys()) {
    const headers = { 'idempotency-key': `refused-${round}` };
    const post = () =>
      server.call('POST', `/api/v1/runs/${id}/followup`, { body: { prompt: 'go on' }, headers });
    const answers = await Promise.all(Array.from({ length: 10 }, post));
    for (const answer of answers)
      expect(await answer.json()).toMatchObject({ error: { code: 'NO_SESSION_TO_RESUME' } });
    const other = await server.call('POST', '/api/v1/runs', { body: run, headers });
    expect(other.status).toBe(201);
  }
});

test('the secret of an API key is not kept for a repetition', async () => {
  const headers = { 'idempotency-key': 'a-secret' };
  const body = { name: 'ci', scopes: ['runs:read'] };
  const first = await server.call('POST', '/api/v1/api-keys', { body, headers });
  const { key } = (await first.json()) as { key: string };
  const again = await server.call('POST', '/api/v1/api-keys', { body, headers });
  expect(again.status).toBe(409);
  expect(await again.text()).toContain('cannot be shown again');
  expect(JSON.stringify(await server.database.prisma.idempotencyKey.findMany())).not.toContain(key);
});

test('the same key in another org is another key', async () => {
  const headers = { 'idempotency-key': 'shared-by-chance' };
  const key = await server.makeKey(['admin'], await server.makeOrg());
  const [ours, theirs] = await Promise.all([
    server.call('POST', '/api/v1/runs', { body: run, headers }),
    server.call('POST', '/api/v1/runs', { body: { ...run, prompt: 'theirs' }, headers, key }),
  ]);
  expect([ours.status, theirs.status]).toEqual([201, 201]);
});

test.each(['x'.repeat(201), 'with space'])('the key %j is refused by name', async (key) => {
  const answer = await server.call('POST', '/api/v1/runs', {
    body: run,
    headers: { 'idempotency-key': key },
  });
  expect(answer.status).toBe(400);
  expect(await answer.text()).toContain('Idempotency-Key');
});

test('an Idempotency-Key is free again after 24 hours, for the same request and for another', async () => {
  const headers = { 'idempotency-key': 'every-night' };
  const post = (body: object) => server.call('POST', '/api/v1/runs', { headers, body });
  const age = (ms: number) =>
    server.database.prisma.idempotencyKey.update({
      where: { orgId_key: { orgId: server.orgId, key: 'every-night' } },
      data: { createdAt: new Date(Date.now() - ms) },
    });
  const idOf = async (answer: Response) => ((await answer.json()) as { id: string }).id;
  const first = await idOf(await post(run));
  await age(24 * 3_600_000 - 60_000);
  expect(await idOf(await post(run))).toBe(first);
  await age(24 * 3_600_000 + 1_000);
  const second = await idOf(await post(run));
  expect(second).not.toBe(first);
  expect(await idOf(await post(run))).toBe(second);
  await age(24 * 3_600_000 + 1_000);
  const other = await post({ ...run, prompt: 'something else' });
  expect(other.status).toBe(201);
  expect([first, second]).not.toContain(await idOf(other));
});

test('a request whose server died gives its Idempotency-Key to another one only after a minute', async () => {
  const where = { orgId_key: { orgId: server.orgId, key: 'died' } };
  const post = (body: object) =>
    server.call('POST', '/api/v1/runs', { headers: { 'idempotency-key': 'died' }, body });
  const { id } = (await (await post(run)).json()) as { id: string };
  const unanswered = { status: null, response: Prisma.DbNull };
  await server.database.prisma.idempotencyKey.update({ where, data: unanswered });
  const other = { ...run, prompt: 'something else' };
  expect((await post(other)).status).toBe(409);
  const createdAt = new Date(Date.now() - 61_000);
  await server.database.prisma.idempotencyKey.update({ where, data: { ...unanswered, createdAt } });
  const answer = await post(other);
  expect(answer.status).toBe(201);
  expect(await answer.json()).toMatchObject({ input: 'something else', id: expect.not.stringMatching(id) });
});

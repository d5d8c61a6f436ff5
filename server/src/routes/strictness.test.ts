import { apiBase, type Route, type RouteName, type Run, routes } from '@agentfleet/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Live } from '../testing/fuzz/live.js';
import { machine } from '../testing/machine.js';
import { startTestServer, type TestServer } from '../testing/server.js';

let server: TestServer;
let live: Live;
beforeAll(async () => {
  server = await startTestServer();
  live = new Live(server);
  await live.ensure();
});
afterAll(() => server.close());

async function say(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const answer = await server.call(method, live.fill(path) as string, {
    headers: { 'agentfleet-protocol': '1', ...headers },
    ...(body !== undefined && { body: live.fill(body) }),
  });
  const text = await answer.text();
  const { error } = JSON.parse(text) as { error?: { code: string; message: string } };
  return {
    status: answer.status,
    code: error?.code,
    message: error?.message ?? '',
    headers: answer.headers,
    text,
  };
}
const get = (path: string, headers: Record<string, string> = {}) =>
  say('GET', apiBase + path, undefined, headers);
const post = (path: string, body?: unknown, headers: Record<string, string> = {}) =>
  say('POST', apiBase + path, body, headers);
const launch = { prompt: 'go', cwd: '/code' };

/** Each route with the ids of what is there. */
const all = (Object.entries(routes) as [RouteName, Route][]).map(
  ([name, route]): [RouteName, string, string] => {
    const kinds: Record<string, string> = {
      runs: 'run',
      runners: 'runner',
      approvals: 'approval',
      'api-keys': 'key',
    };
    const id = `@live:${kinds[route.path.split('/')[1] ?? '']}`;
    const path = route.path.replace(':id', id).replace(':code', 'BBBB-BBBB');
    return [name, route.method, apiBase + path.replace(/:(seq|index)/g, '1')];
  },
);

test.each(all)('%s refuses a query parameter that it does not know', async (_name, method, path) => {
  const body = method === 'POST' ? {} : undefined;
  const { status, code, message } = await say(method, `${path}?colour=red`, body);
  expect({ status, code }).toEqual({ status: 400, code: 'VALIDATION_FAILED' });
  expect(message).toContain('colour');
});

test.each(all)('%s has one spelling of its path', async (_name, method, path) => {
  const lower = `${apiBase}${path.slice(apiBase.length).replace(/^\/[a-z]/, (first) => first.toUpperCase())}`;
  for (const other of [`${path}/`, lower, path.replace('/api', '/API')]) {
    expect((await say(method, other, method === 'POST' ? {} : undefined)).status).toBe(404);
  }
});

test('a parameter that is given twice is refused by name, whatever it is', async () => {
  for (const path of ['/runs?limit=1&limit=2', '/runs?status=QUEUED&status=RUNNING', '/me?a=1&a=2']) {
    const { code, message } = await get(path);
    expect(code).toBe('VALIDATION_FAILED');
    expect(message).toMatch(/^(limit|status|a): is given more than once$/);
  }
});

test.each([
  [{ cwd: '/code' }, 'prompt: is required'],
  [{ ...launch, prompt: 7 }, 'prompt: must be text'],
  [{ ...launch, labels: 'x' }, 'labels: must be a list'],
  [{ ...launch, labels: Array(21).fill('x') }, 'labels: must have at most 20 items'],
  [{ ...launch, labels: ['x'.repeat(101)] }, 'labels.0: must have at most 100 characters'],
  [{ ...launch, labels: [' '] }, 'labels.0: must not be empty'],
  [{ ...launch, priority: 101 }, 'priority: must be at most 100'],
  [{ ...launch, priority: 1.5 }, 'priority: must be a whole number'],
  [{ ...launch, maxBudgetUsd: 0 }, 'maxBudgetUsd: must be more than 0'],
  [{ ...launch, sharedCwd: 'yes' }, 'sharedCwd: must be true or false'],
  [{ ...launch, retry: null }, 'retry: must be an object'],
  [
    { ...launch, permissionMode: 'yolo' },
    'permissionMode: must be one of default, acceptEdits, bypassPermissions, plan',
  ],
  [[], 'The body must be an object'],
])('%j is refused in words of our own: %s', async (body, message) => {
  expect((await post('/runs', body)).message).toContain(message);
});

test.each([
  ['/session', { token: 'x' }, 'needs apiKey or code'],
  ['/runners/register', machine({ machineId: 'me' }), 'machineId: must be a UUID'],
])('%s names what is wrong in words of our own', async (path, body, message) => {
  expect((await post(path, body)).message).toContain(message);
});

test('what answers give as null may be sent as null', async () => {
  const nothing = { runnerId: null, model: null, timeoutSec: null, stallSec: null, maxTurns: null };
  const { status, text } = await post('/runs', {
    ...launch,
    ...nothing,
    maxBudgetUsd: null,
    queueTtlSec: null,
  });
  expect(status).toBe(201);
  expect(JSON.parse(text)).toMatchObject({ ...nothing, maxBudgetUsd: null, queueTtlSec: null });
  expect((await post('/runners/@live:runner/pause', { note: null })).status).toBe(200);
  expect((await post('/runners/@live:runner/resume')).status).toBe(200);
  expect((await post('/api-keys', { name: 'ci', scopes: ['runs:read'], expiresAt: null })).status).toBe(201);
  const decision = { decision: 'deny', reason: null, answers: null, forSession: false };
  expect((await post('/approvals/@live:approval/decision', decision)).status).toBe(200);
});

test('a key’s expiry may have any offset and precision, and lies ahead', async () => {
  const key = (expiresAt: string) => post('/api-keys', { name: 'ci', scopes: ['runs:read'], expiresAt });
  expect(JSON.parse((await key('2199-01-01T01:00:00.123456+01:00')).text)).toMatchObject({
    expiresAt: '2199-01-01T00:00:00.123Z',
  });
  for (const past of ['2020-01-01T00:00:00Z', new Date().toISOString()]) {
    expect(await key(past)).toMatchObject({ status: 400, message: 'expiresAt: must be in the future' });
  }
});

test.each([
  ['text/plain', 'x'],
  ['application/json; charset=latin1', launch],
  ['application/jsonp', launch],
  ['text/plain', ''],
])('a body of the type %s is 415', async (type, body) => {
  const refused = await post('/runs', body, { 'content-type': type });
  expect(refused).toMatchObject({ status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' });
});

test('JSON may say that it is UTF-8', async () => {
  for (const type of [
    'application/json; charset=utf-8',
    'Application/JSON;charset="UTF-8"',
    'application/json;v=1',
  ]) {
    expect((await post('/runs', launch, { 'content-type': type })).status).toBe(201);
  }
});

test.each([
  ['/me', 'text/html', 406],
  ['/me', 'text/event-stream', 406],
  ['/me', 'application/json;q=0', 406],
  ['/me', 'text/html, */*;q=0.1', 200],
  ['/me', 'application/*', 200],
  ['/runs/@live:run/events', 'image/png', 406],
  ['/runs/@live:run/events/1/images/0', 'text/html', 406],
  ['/runs/@live:run/events/1/images/0', 'application/json', 404],
])('GET %s with Accept: %s is %d', async (path, accept, status) => {
  const answer = await get(path, { accept });
  expect(answer.status).toBe(status);
  if (status === 406) expect(answer.code).toBe('NOT_ACCEPTABLE');
});

test('nothing is launched for who could not read the answer', async () => {
  const before = await server.database.prisma.run.count();
  expect((await post('/runs', launch, { accept: 'text/html' })).status).toBe(406);
  expect(await server.database.prisma.run.count()).toBe(before);
});

test.each([
  ['/runs', '*/*'],
  ['/v1/runs', 'application/json'],
  ['/agentfleet-runner.js', '*/*'],
  ['/agentfleet-runner.js', 'text/html'],
  ['/healthz/', '*/*'],
  ['/Healthz', '*/*'],
  ['/api/v1', 'text/html'],
  ['/sessions', '*/*'],
])('GET %s with Accept: %s is 404 in the envelope', async (path, accept) => {
  expect(await say('GET', path, undefined, { accept })).toMatchObject({ status: 404, code: 'NOT_FOUND' });
});

test.each([
  ['/', '*/*'],
  ['/sessions', 'text/html,application/xhtml+xml,*/*;q=0.8'],
  ['/runners/run_1', 'text/html'],
])('a browser is shown the dashboard at %s', async (path, accept) => {
  const answer = await server.call('GET', path, { key: null, headers: { accept } });
  expect(answer.headers.get('content-type')).toMatch(/^text\/(html|plain)/);
  expect(answer.status).toBe(200);
});

test.each([
  ['/runs/nonsense', 'run'],
  ['/runners/nonsense', 'runner'],
  ['/approvals/nonsense', 'approval'],
  ['/runs/@live:run/events/x/images/0', 'image'],
])('GET %s says that there is no such %s', async (path, noun) => {
  const accept = { accept: '*/*' };
  expect(await get(path, accept)).toMatchObject({ status: 404, message: `There is no such ${noun}` });
});

test('the same request in another order, with its defaults spelled out, is the same to an Idempotency-Key', async () => {
  const key = { 'idempotency-key': 'meaning-1' };
  const first = await post('/runs', launch, key);
  const spelled = {
    model: null,
    permissionMode: 'default',
    retry: { maxAttempts: 1 },
    cwd: '/code',
    prompt: 'go',
  };
  const again = await post('/runs', spelled, key);
  expect(again.status).toBe(201);
  expect(JSON.parse(again.text)).toEqual(JSON.parse(first.text));
  expect(again.headers.get('idempotent-replayed')).toBe('true');
  for (const other of [
    { ...launch, priority: 1 },
    { ...launch, labels: ['a'] },
  ]) {
    expect(await post('/runs', other, key)).toMatchObject({ status: 409, code: 'IDEMPOTENCY_KEY_REUSED' });
  }
});

test('runs are listed from the oldest on, and by when they were created, page by page', async () => {
  await Promise.all(Array.from({ length: 5 }, () => post('/runs', { ...launch, labels: ['aged'] })));
  const listed = async (query: string): Promise<{ data: Run[]; nextCursor: string | null }> =>
    JSON.parse((await get(`/runs?label=aged&${query}`)).text);
  const { data: newest } = await listed('');
  // Days apart, as their ids are not.
  const day = (n: number) => new Date(Date.UTC(2026, 10, 24 + n)).toISOString();
  const now = Date.now();
  for (const [index, { id }] of newest.entries()) {
    await server.database.prisma.run.update({
      where: { id },
      data: { createdAt: new Date(now - index * 1_000) },
    });
  }
  const at = (index: number) => new Date(now - index * 1_000).toISOString();
  const ids = newest.map(({ id }) => id);
  const idsOf = async (query: string) => (await listed(query)).data.map(({ id }) => id);
  expect(await idsOf(`createdAfter=${at(2)}`)).toEqual(ids.slice(0, 2));
  expect(await idsOf(`createdBefore=${at(2)}`)).toEqual(ids.slice(3));
  expect(await idsOf(`createdAfter=${at(4)}&createdBefore=${at(0)}&order=asc`)).toEqual(
    ids.slice(1, 4).reverse(),
  );
  expect(await idsOf(`createdAfter=${day(-9_000)}`)).toEqual(ids);
  expect(await idsOf('createdBefore=0001-01-01T00:00:00Z')).toEqual([]);
  expect(await idsOf('createdAfter=9999-12-31T00:00:00Z')).toEqual([]);
  const seen: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page = await listed(`order=asc&limit=2${cursor && `&cursor=${cursor}`}`);
    seen.push(...page.data.map(({ id }) => id));
    cursor = page.nextCursor;
  }
  expect(seen).toEqual([...ids].reverse());
});

test('runners come in pages by name, each once', async () => {
  for (const name of ['b', 'a', 'c', 'a']) {
    await post('/runners/register', machine({ name, machineId: crypto.randomUUID() }));
  }
  const pageOf = async (query: string) =>
    JSON.parse((await get(`/runners?${query}`)).text) as {
      data: { id: string }[];
      nextCursor: string | null;
    };
  const whole = await pageOf('');
  expect(whole).toMatchObject({ data: expect.arrayContaining([]), nextCursor: null });
  const seen: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page = await pageOf(`limit=2${cursor && `&cursor=${cursor}`}`);
    expect(page.data.length).toBeLessThanOrEqual(2);
    seen.push(...page.data.map(({ id }) => id));
    cursor = page.nextCursor;
  }
  expect(seen).toEqual(whole.data.map(({ id }) => id));
  expect(seen.length).toBeGreaterThan(4);
  expect(await get('/runners?cursor=run_00000000')).toMatchObject({ status: 400, code: 'VALIDATION_FAILED' });
});

test('a page of a log says whether there is more of it, and a run whether its logs are all', async () => {
  const events = Array.from({ length: 5 }, (_, index) => ({
    seq: index + 1,
    kind: 'tool_use',
    message: 'x',
    data: { name: 'Bash', id: `tool-${index}` },
    at: '2026-11-24T08:00:00Z',
  }));
  expect((await post('/runs/@live:run/events', { token: '@live:token', events })).status).toBe(200);
  const page = async (query: string) => {
    const { data, hasMore } = JSON.parse((await get(`/runs/@live:run/events?${query}`)).text);
    return [data.map(({ seq }: { seq: number }) => seq), hasMore];
  };
  expect(await page('after=0')).toEqual([[1, 2, 3, 4, 5], false]);
  expect(await page('after=0&limit=2')).toEqual([[1, 2], true]);
  expect(await page('after=3&limit=2')).toEqual([[4, 5], false]);
  expect(await page('after=5')).toEqual([[], false]);
  expect(await page('before=9&limit=2')).toEqual([[4, 5], true]);
  expect(await page('before=3&limit=2')).toEqual([[1, 2], false]);
  expect(await page('tools=Bash&limit=2')).toEqual([[1, 2], true]);
  expect(await page('tools=Bash&before=3')).toEqual([[1, 2], false]);
  const truncated = async (query: string) =>
    JSON.parse((await get(`/runs/@live:run${query}`)).text).logsTruncated as boolean;
  expect(await truncated('')).toBe(false);
  expect(await truncated('?logs=2')).toBe(true);
  expect(await truncated('?logs=0')).toBe(true);
  const { id } = JSON.parse((await post('/runs', launch)).text) as { id: string };
  expect(JSON.parse((await get(`/runs/${id}?logs=0`)).text)).toMatchObject({
    logs: [],
    logsTruncated: false,
  });
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { DatabaseLink } from '../testing/database-link.js';
import { startTestPostgres, type TestPostgres } from '../testing/postgres.js';
import { startTestServer, type TestServer } from '../testing/server.js';

let postgres: TestPostgres;
let link: DatabaseLink;
let server: TestServer;

beforeAll(async () => {
  postgres = await startTestPostgres();
  link = await DatabaseLink.to(postgres.url);
  server = await startTestServer({ databaseUrl: link.url });
});
afterAll(async () => {
  await server?.close();
  await link?.close();
  await postgres?.stop();
});

const good = { prompt: 'go', cwd: '/code' };
const ready = () => server.call('GET', '/readyz', { key: null });

test('while the database is away answers say so, and when it is back everything works without a restart', async () => {
  expect((await ready()).status).toBe(200);
  const { id } = (await (await server.call('POST', '/api/v1/runs', { body: good })).json()) as { id: string };

  link.goAway();
  const away = await ready();
  expect(away.status).toBe(503);
  expect(await away.json()).toEqual({
    error: { code: 'UNAVAILABLE', message: 'The database does not answer' },
  });
  expect((await server.call('GET', '/healthz', { key: null })).status).toBe(200);
  for (const [method, path, body] of [
    ['GET', `/api/v1/runs/${id}`],
    ['GET', '/api/v1/runs'],
    ['GET', '/api/v1/api-keys'],
    ['POST', '/api/v1/runs', good],
  ] as const) {
    const answer = await server.call(method, path, { body });
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('2');
    expect(await answer.json()).toMatchObject({ error: { code: 'UNAVAILABLE' } });
  }

  link.returns();
  await expect.poll(async () => (await ready()).status).toBe(200);
  expect((await server.call('GET', `/api/v1/runs/${id}`)).status).toBe(200);
  expect((await server.call('POST', '/api/v1/runs', { body: good })).status).toBe(201);
});

test('a database that is away is said and counted, not repeated for every request', async () => {
  const metric = async (name: string) => {
    const text = await (await server.call('GET', '/metrics', { key: null })).text();
    return Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.split(' ')
        .at(-1),
    );
  };
  const away = 'agentfleet_database_troubles_total{kind="away"}';
  const before = await metric(away);
  // It has been away in the tests before.
  await expect.poll(() => metric('agentfleet_hears_servers')).toBe(1);
  server.logged.length = 0;
  link.goAway();
  const answers = await Promise.all(Array.from({ length: 300 }, () => server.call('GET', '/api/v1/runs')));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
  expect(await metric(away)).toBeGreaterThanOrEqual(before + 300);
  expect(await metric('agentfleet_hears_servers')).toBe(0);
  const warned = server.logged.filter((line) => (JSON.parse(line) as { level: number }).level >= 40);
  expect(warned.length).toBeLessThanOrEqual(3);
  link.returns();
  await expect.poll(async () => (await ready()).status).toBe(200);
  await expect.poll(() => metric('agentfleet_hears_servers')).toBe(1);
});

test('a stream that the absence breaks has no end, so that viewers come back and are told the end', async () => {
  const { id } = (await (await server.call('POST', '/api/v1/runs', { body: good })).json()) as { id: string };
  const headers = { accept: 'text/event-stream' };
  const follow = () => server.call('GET', `/api/v1/runs/${id}/events`, { headers });
  const broken = await follow();
  link.goAway();
  expect(await broken.text()).not.toContain('event: end');
  link.returns();
  await expect.poll(async () => (await ready()).status).toBe(200);
  await server.call('POST', `/api/v1/runs/${id}/cancel`, { body: {} });
  expect(await (await follow()).text()).toContain('event: end\ndata: {"status":"CANCELLED"}');
});

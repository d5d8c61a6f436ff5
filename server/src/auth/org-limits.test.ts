import type { ErrorEnvelope } from '@agentfleet/contract';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { readConfig } from '../config.js';
import { machine } from '../testing/machine.js';
import { operator } from '../testing/operator.js';
import { startTestPostgres, type TestPostgres } from '../testing/postgres.js';
import { startTestServer, type TestServer } from '../testing/server.js';
import { changeOrg } from './orgs.js';

let postgres: TestPostgres;
let server: TestServer;
let orgId: string;
let key: string;
beforeAll(async () => {
  postgres = await startTestPostgres();
  server = await startTestServer({ databaseUrl: postgres.url, orgLimits: { queuedRuns: 5 } });
});
afterAll(async () => {
  await server.close();
  await postgres.stop();
});
beforeEach(async () => {
  orgId = await server.makeOrg();
  key = await server.makeKey(['admin'], orgId);
});

const launch = (by = key) =>
  server.call('POST', '/api/v1/runs', { key: by, body: { prompt: 'go', cwd: '/code' } });
const queue = (by = key) => server.call('GET', '/api/v1/queue', { key: by });

async function expectRefused(answer: Response, words: RegExp): Promise<void> {
  expect(answer.status).toBe(429);
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  const { error } = (await answer.json()) as ErrorEnvelope;
  expect(error).toEqual({ code: 'RATE_LIMITED', message: expect.stringMatching(words) });
}

test('an org has so many requests in a minute with all its keys together, and another org as many of its own', async () => {
  await changeOrg(server.database, orgId, { mostRequests: 4 });
  const second = await server.makeKey(['runs:read'], orgId);
  for (const by of [key, second, key, second]) expect((await queue(by)).status).toBe(200);
  for (const by of [key, second])
    await expectRefused(await queue(by), /This org may send 4 requests in a minute/);
  expect((await queue(server.key)).status).toBe(200);
});

test('an org has so many sessions queued as the servers let it, or as it was given, and more once they are not', async () => {
  const launched: string[] = [];
  for (let nth = 0; nth < 5; nth += 1) {
    const answer = await launch();
    expect(answer.status).toBe(201);
    launched.push(((await answer.json()) as { id: string }).id);
  }
  await expectRefused(await launch(), /This org may have 5 sessions queued/);
  const follow = await server.call('POST', `/api/v1/runs/${launched[0]}/followup`, {
    key,
    body: { prompt: 'on' },
  });
  await expectRefused(follow, /5 sessions queued/);
  expect((await launch(server.key)).status).toBe(201);
  await server.call('POST', `/api/v1/runs/${launched[0]}/cancel`, { key });
  await expect.poll(async () => (await launch()).status).toBe(201);
  await expectRefused(await launch(), /5 sessions queued/);
  await changeOrg(server.database, orgId, { mostQueued: 7 });
  await expect.poll(async () => (await launch()).status).toBe(201);
});

test('an org has so many streams open, with all its keys together', async () => {
  await changeOrg(server.database, orgId, { mostStreams: 1 });
  const { id } = (await (await launch()).json()) as { id: string };
  const closing = new AbortController();
  const watch = (by: string) => {
    const headers = { accept: 'text/event-stream' };
    return server.call('GET', `/api/v1/runs/${id}/events`, { key: by, headers, signal: closing.signal });
  };
  expect((await watch(key)).status).toBe(200);
  const second = await server.makeKey(['runs:read'], orgId);
  await expectRefused(await watch(second), /This org may have 1 streams open/);
  closing.abort();
});

test('an org appends so many MB of events in a minute, as they are before compression, and loses nothing by waiting', async () => {
  await changeOrg(server.database, orgId, { mostAppendedMb: 1 });
  const headers = { 'agentfleet-protocol': '1' };
  const post = (path: string, body: unknown) => server.call('POST', `/api/v1${path}`, { key, headers, body });
  const { id: runnerId } = (await (
    await post('/runners/register', machine({ directories: ['/code'] }))
  ).json()) as {
    id: string;
  };
  const { id } = (await (await launch()).json()) as { id: string };
  const claimed = await post(`/runners/${runnerId}/claim`, { leases: [], slots: 1, waitSec: 0 });
  const { runs } = (await claimed.json()) as { runs: { token: string }[] };
  const token = runs[0]?.token;
  const append = (first: number) => {
    const events = Array.from({ length: 6 }, (_, nth) => {
      const data = { text: 'y'.repeat(100_000) };
      return { seq: first + nth, kind: 'assistant', message: 'said', data, at: new Date().toISOString() };
    });
    return post(`/runs/${id}/events`, { token, events });
  };
  expect((await append(1)).status).toBe(200);
  await expectRefused(await append(7), /This org may append 1 MB of events in a minute/);
  await changeOrg(server.database, orgId, { mostAppendedMb: null });
  await expect.poll(async () => (await append(7)).status).toBe(200);
});

test('the operators’ command line gives an org limits of its own, and takes them away', async () => {
  const change = async (...args: string[]) => {
    const { code, ...command } = operator(['change-org', orgId, ...args], { DATABASE_URL: postgres.url });
    expect(await code, command.said).toBe(0);
    return server.database.prisma.org.findUniqueOrThrow({ where: { id: orgId } });
  };
  const given = [
    '--requests-per-minute',
    '10',
    '--queued-runs',
    '20',
    '--appended-mb-per-minute',
    '30',
    '--open-streams',
    '40',
  ];
  const limits = { mostRequests: 10, mostQueued: 20, mostAppendedMb: 30, mostStreams: 40 };
  expect(await change(...given)).toMatchObject(limits);
  expect(await change('--queued-runs', 'none')).toMatchObject({ ...limits, mostQueued: null });
});

test('the settings of the server say what an org may ask for, and a wrong one is refused by its name', () => {
  const env = { ORG_QUEUED_RUNS: '50', ORG_OPEN_STREAMS: 'none', ORG_APPENDED_MB_PER_MINUTE: '100' };
  expect(readConfig(env).orgLimits).toEqual({ queuedRuns: 50, openStreams: null, appendedMbPerMinute: 100 });
  expect(readConfig({}).orgLimits).toEqual({});
  for (const [name, wrong] of [
    ['ORG_REQUESTS_PER_MINUTE', '0'],
    ['ORG_QUEUED_RUNS', 'many'],
    ['ORG_APPENDED_MB_PER_MINUTE', '-1'],
  ] as const) {
    expect(() => readConfig({ [name]: wrong })).toThrow(`${name} is "${wrong}"`);
  }
});

import { CreateRun, type Event } from '@agentfleet/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keyNamed } from '../testing/key-named.js';
import { machine } from '../testing/machine.js';
import { startTestServer, type TestServer } from '../testing/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

/** Every sample by its name and labels, as Prometheus reads them. */
async function scrape(): Promise<Map<string, number>> {
  const response = await server.call('GET', '/metrics', { key: null });
  expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4');
  const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const end = line.lastIndexOf(' ');
      return [line.slice(0, end), Number(line.slice(end + 1))];
    }),
  );
}

const requests = (method: string, route: string, status: number) =>
  `agentfleet_request_seconds_count{method="${method}",route="/api/v1${route}",status="${status}"}`;

test('a scrape shows what the fleet does, and moves with it', async () => {
  const { queue, orgId, key } = server;
  const before = await scrape();
  expect(before.get('agentfleet_queue_depth')).toBe(0);
  expect(before.get('agentfleet_queue_oldest_age_seconds')).toBe(0);
  expect(before.get('agentfleet_viewers')).toBe(0);
  expect(before.get('process_resident_memory_bytes')).toBeGreaterThan(1e6);

  expect([...before.keys()].some((name) => name.startsWith('agentfleet_build_info{version='))).toBe(true);
  for (const kind of ['away', 'readOnly', 'crowded', 'busy', 'full']) {
    expect(before.get(`agentfleet_database_troubles_total{kind="${kind}"}`)).toBe(0);
  }
  expect(before.get('agentfleet_database_connections{state="waiting"}')).toBe(0);

  const { id: runnerId } = await queue.register(orgId, machine());
  const request = CreateRun.parse({ prompt: 'do it', cwd: '/code', sharedCwd: true });
  const first = await queue.enqueue(orgId, request);
  await queue.enqueue(orgId, request);
  expect((await scrape()).get('agentfleet_queue_depth')).toBe(2);

  const asRunner = { key, headers: { 'agentfleet-protocol': '1' } };
  const idle = { leases: [], slots: 1, waitSec: 0 };
  const claimed = await server.call('POST', `/api/v1/runners/${runnerId}/claim`, { ...asRunner, body: idle });
  const { runs } = (await claimed.json()) as { runs: { id: string; token: string }[] };
  expect(runs.map(({ id }) => id)).toEqual([first.id]);
  const token = runs[0]?.token;
  await server.call('POST', `/api/v1/runs/${first.id}/start`, { ...asRunner, body: { token } });
  const at = '2026-11-24T10:00:00.000Z';
  const events: Event[] = [1, 2].map((seq) => ({ seq, kind: 'system', message: 'x', data: null, at }));
  await server.call('POST', `/api/v1/runs/${first.id}/events`, { ...asRunner, body: { token, events } });
  const leaving = new AbortController();
  const stream = await server.call('GET', `/api/v1/runs/${first.id}/events`, {
    headers: { accept: 'text/event-stream' },
    signal: leaving.signal,
  });

  const during = await scrape();
  expect(during.get('agentfleet_queue_depth')).toBe(1);
  expect(during.get('agentfleet_queue_oldest_age_seconds')).toBeGreaterThan(0);
  expect(during.get('agentfleet_active_runs')).toBe(1);
  expect(during.get('agentfleet_runners{state="online"}')).toBe(1);
  expect(during.get('agentfleet_runners{state="paused"}')).toBe(0);
  expect(during.get('agentfleet_queue_wait_seconds_count')).toBe(1);
  expect(during.get('agentfleet_queue_wait_seconds_sum')).toBeGreaterThan(0);
  expect(during.get(requests('POST', '/runners/:id/claim', 200))).toBe(1);
  expect(during.get(requests('POST', '/runs/:id/events', 200))).toBe(1);
  expect(during.get('agentfleet_events_total')).toBe(2);
  expect(during.get('agentfleet_viewers')).toBe(1);

  await queue.pause(orgId, runnerId, { note: 'lunch' }, keyNamed('Ann'));
  await server.database.prisma.run.update({ where: { id: first.id }, data: { leaseExpiresAt: new Date(0) } });
  await expect
    .poll(async () => (await scrape()).get('agentfleet_swept_runs_total'), { timeout: 15_000 })
    .toBe(1);
  leaving.abort();
  await stream.text().catch(() => undefined);
  await expect.poll(async () => (await scrape()).get('agentfleet_viewers')).toBe(0);
  const after = await scrape();
  expect(after.get('agentfleet_active_runs')).toBe(0);
  expect(after.get('agentfleet_runners{state="online"}')).toBe(0);
  expect(after.get('agentfleet_runners{state="paused"}')).toBe(1);
});

test('with METRICS_TOKEN only who sends it may read the metrics', async () => {
  const guarded = await startTestServer({ metricsToken: 'a-token-of-prometheus' });
  try {
    expect((await guarded.call('GET', '/metrics', { key: null })).status).toBe(401);
    expect((await guarded.call('GET', '/metrics')).status).toBe(401);
    expect((await guarded.call('GET', '/metrics', { key: 'a-token-of-prometheus' })).status).toBe(200);
  } finally {
    await guarded.close();
  }
});

test('a server that others reach shows its metrics to nobody until METRICS_TOKEN is set', async () => {
  const open = await startTestServer({ host: '0.0.0.0' });
  try {
    const refused = await open.call('GET', '/metrics');
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({
      error: { message: expect.stringContaining('METRICS_TOKEN') },
    });
  } finally {
    await open.close();
  }
});

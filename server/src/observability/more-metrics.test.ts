import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestPostgres, type TestPostgres } from '../testing/postgres.js';
import { RunnerClient } from '../testing/runner-client.js';
import { startTestServer, type TestServer } from '../testing/server.js';

let postgres: TestPostgres;
let server: TestServer;
let other: TestServer | undefined;
beforeAll(async () => {
  postgres = await startTestPostgres();
  server = await startTestServer({ databaseUrl: postgres.url });
});
afterAll(async () => {
  await other?.close();
  await server?.close();
  await postgres?.stop();
});

async function metric(name: string): Promise<number | undefined> {
  const text = await (await server.call('GET', '/metrics', { key: null })).text();
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length + 1));
}
const post = (path: string, body: object) => server.call('POST', `/api/v1${path}`, { body });

test('how sessions end is told with the reason, and how long a person took to answer', async () => {
  const runner = await RunnerClient.enrolled(server, server.key, { maxConcurrentRuns: 4 });
  const { id, token } = await runner.startsRun();
  const asked = {
    ...{ token, requestId: 'r', tool: 'Bash', message: 'Bash ls', input: {}, toolUseId: null },
    ...{ sessionGrant: null, waitSec: 60 },
  };
  const { id: approval } = await runner.say<{ id: string }>(`/runs/${id}/approvals`, asked);
  await server.database.query(
    {
      name: 'age-approval',
      text: `UPDATE approvals SET requested_at = now() - interval '40 s' WHERE id = $1`,
    },
    [approval],
  );
  expect(await metric('agentfleet_approval_answer_seconds_count{decision="denied"}')).toBe(0);
  for (let twice = 0; twice < 2; twice += 1)
    await post(`/approvals/${approval}/decision`, { decision: 'deny' });
  expect(await metric('agentfleet_approval_answer_seconds_count{decision="denied"}')).toBe(1);
  const sum = await metric('agentfleet_approval_answer_seconds_sum{decision="denied"}');
  expect(sum).toBeGreaterThan(39);
  const end = { finishedAt: new Date().toISOString(), lastSeq: 0, logChecksum: 0 };
  const failure = { code: 'agent_crashed', message: 'It exited.' };
  await runner.say(`/runs/${id}/finish`, { token, status: 'FAILED', failure, ...end });
  expect(await metric('agentfleet_ended_runs_total{status="FAILED",failure="agent_crashed"}')).toBe(1);
  expect(await metric('agentfleet_ended_runs_total{status="SUCCEEDED",failure=""}')).toBe(0);
});

test('another server on the database is heard of, and none before it is there', async () => {
  expect(await metric('agentfleet_servers_heard')).toBe(0);
  other = await startTestServer({ databaseUrl: postgres.url });
  await expect.poll(() => metric('agentfleet_servers_heard')).toBe(1);
});

test('what is due to be deleted is counted until it is', async () => {
  const runner = await RunnerClient.enrolled(server, server.key);
  const { id } = await runner.startsRun();
  await server.call('DELETE', `/api/v1/runs/${id}?cancel=true`);
  expect(await metric('agentfleet_housekeeping_backlog{kind="deletions"}')).toBe(1);
  expect(await metric('agentfleet_housekeeping_backlog{kind="logs"}')).toBe(0);
});

test('a request that gets no connection in time is counted as that', async () => {
  const stalled = await startTestServer({ databaseUrl: postgres.url });
  try {
    const held: (() => void)[] = [];
    // As many transactions as there are connections, and one that waits for one of them.
    const holding = Array.from({ length: 20 }, () =>
      stalled.database.transaction(() => new Promise<void>((resolve) => held.push(resolve))),
    );
    await expect.poll(() => held.length).toBe(20);
    const answer = await stalled.call('POST', '/api/v1/runs', { body: { prompt: 'x', cwd: '/x' } });
    expect(answer.status).toBe(503);
    for (const release of held) release();
    await Promise.all(holding);
    const text = await (await stalled.call('GET', '/metrics', { key: null })).text();
    const [, count] = /^agentfleet_database_connection_timeouts_total (\d+)$/m.exec(text) ?? [];
    expect(Number(count)).toBeGreaterThan(0);
  } finally {
    await stalled.close();
  }
}, 60_000);

test('the schema and its newest migration are told, and the buckets tell a quarter of a second from five', async () => {
  const text = await (await server.call('GET', '/metrics', { key: null })).text();
  expect(text).toMatch(/^agentfleet_schema_info\{migration="\d{14}_\w+"\} 1$/m);
  expect(text).toMatch(/^agentfleet_schema_is_newer 0$/m);
  const ends = new Set(
    [...text.matchAll(/^agentfleet_request_seconds_bucket\{le="([\d.]+)"/gm)].map(([, le]) => Number(le)),
  );
  expect([...ends].filter((le) => le > 0.25 && le < 5).length).toBeGreaterThanOrEqual(7);
});

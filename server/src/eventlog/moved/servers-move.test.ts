import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Event } from '@agentfleet/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { defaultPace } from '../../server.js';
import { event, finishOf } from '../../testing/org-with-queue.js';
import { startTestPostgres, type TestPostgres } from '../../testing/postgres.js';
import { RunnerClient } from '../../testing/runner-client.js';
import { callerAt, startTestServer, type TestServer } from '../../testing/server.js';

const folder = mkdtempSync(join(tmpdir(), 'agentfleet-logs-'));
let postgres: TestPostgres;
let servers: TestServer[];
beforeAll(async () => {
  postgres = await startTestPostgres();
  const pace = { ...defaultPace, moveMs: 50 };
  const moving = { databaseUrl: postgres.url, logPlace: { folder }, archiveMs: 0, pace };
  servers = [
    await startTestServer(moving),
    await startTestServer(moving),
    // One that was given no store.
    await startTestServer({ databaseUrl: postgres.url }),
  ];
});
afterAll(async () => {
  for (const server of servers) await server.close();
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('two servers move what has ended by themselves, count it, and delete what is deleted; one without the store says so', async () => {
  const [one, other, bare] = servers as [TestServer, TestServer, TestServer];
  const runner = await RunnerClient.enrolled(one, await one.makeKey(['runner']), { maxConcurrentRuns: 9 });
  const ids: string[] = [];
  const events: Event[] = [event(1), event(2), event(3)];
  for (let count = 0; count < 12; count += 1) {
    const run = await runner.startsRun();
    await runner.say(`/runs/${run.id}/events`, { token: run.token, events });
    await runner.say(`/runs/${run.id}/finish`, finishOf(run, events));
    ids.push(run.id);
  }
  const rows = { name: 'rows-left', text: 'SELECT FROM events LIMIT 1' };
  await expect.poll(() => one.database.query(rows, [])).toEqual([]);
  const movedBy = async (server: TestServer) => {
    const text = await (await server.call('GET', '/metrics')).text();
    expect(text).toContain('agentfleet_log_store_backlog{what="move"} 0');
    return Number(/^agentfleet_moved_logs_total\{outcome="moved"\} (\d+)$/m.exec(text)?.[1]);
  };
  expect((await movedBy(one)) + (await movedBy(other))).toBe(12);
  const readAt = (server: TestServer, id: string) =>
    callerAt(server.url, one.key)('GET', `/api/v1/runs/${id}/events`);
  for (const id of ids) {
    expect(await (await readAt(other, id)).json()).toEqual({ data: events, hasMore: false });
    const refused = await readAt(bare, id);
    expect(refused.status).toBe(503);
    expect(await refused.text()).toContain('this server has no LOG_STORE');
    expect((await one.call('DELETE', `/api/v1/runs/${id}`)).status).toBe(204);
  }
  await expect.poll(() => readdirSync(join(folder, one.orgId))).toEqual([]);
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { RunnerClient } from '../../testing/runner-client.js';
import { startTestServer, type TestServer } from '../../testing/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const launch = async (more: Record<string, string> = {}) => {
  const body = { prompt: 'a secret prompt', cwd: `/code/${crypto.randomUUID()}` };
  const answer = await server.call('POST', '/api/v1/runs', { body, headers: more });
  return { body, run: (await answer.json()) as { id: string } };
};
const remove = (id: string, query = '', key?: string) =>
  server.call('DELETE', `/api/v1/runs/${id}${query}`, { ...(key && { key }) });

test('it is answered 204 without a body, then 404 as an id that never was', async () => {
  const { run } = await launch();
  expect((await remove(run.id)).status).toBe(409);
  const deleted = await remove(run.id, '?cancel=true');
  expect([deleted.status, await deleted.text()]).toEqual([204, '']);
  const [again, never] = [await remove(run.id), await remove(`clr${'0'.repeat(22)}`)];
  expect([again.status, await again.text()]).toEqual([404, await never.text()]);
  expect((await server.call('GET', `/api/v1/runs/${run.id}`)).status).toBe(404);
  expect((await server.call('GET', `/api/v1/runs/${run.id}/events`)).status).toBe(404);
});

test('only a key of scope admin deletes', async () => {
  const { run } = await launch();
  for (const scope of ['runs:write', 'runs:read', 'runner'] as const) {
    expect((await remove(run.id, '?cancel=true', await server.makeKey([scope]))).status).toBe(403);
  }
});

test('one that runs is answered 202, and who watches it is told that it is gone', async () => {
  const runner = new RunnerClient(server, server.key);
  runner.id = (await runner.register()).id;
  const run = await runner.startsRun();
  const stream = await server.call('GET', `/api/v1/runs/${run.id}/events`, {
    headers: { accept: 'text/event-stream' },
  });
  const answer = await remove(run.id, '?cancel=true');
  expect(answer.status).toBe(202);
  expect(await answer.json()).toMatchObject({ status: 'RUNNING', deleteRequestedAt: expect.any(String) });
  // Ended and deleted in one moment, so that the viewer finds nothing any more.
  await server.database.prisma.run.update({
    where: { id: run.id },
    data: { status: 'CANCELLED', finishedAt: new Date(), leaseExpiresAt: null, deletedAt: new Date() },
  });
  server.database.wakeups.wake(`run:${run.id}`);
  expect(await stream.text()).toContain('event: end\ndata: {"deleted":true}\n\n');
});

test('an Idempotency-Key neither answers with a deleted run nor launches it again', async () => {
  const key = { 'idempotency-key': 'once' };
  const { body, run } = await launch(key);
  await remove(run.id, '?cancel=true');
  const again = await server.call('POST', '/api/v1/runs', { body, headers: key });
  expect(again.status).toBe(409);
  const text = await again.text();
  expect(text).toContain('IDEMPOTENCY_KEY_REUSED');
  expect(text).toContain('deleted');
  const kept = await server.database.prisma.idempotencyKey.findFirst({ where: { subject: run.id } });
  expect(kept?.response).toBeNull();
});

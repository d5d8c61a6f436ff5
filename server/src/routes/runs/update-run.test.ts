import type { Run } from '@agentfleet/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../../testing/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const launch = async (labels: string[]) => {
  const answer = await server.call('POST', '/api/v1/runs', { body: { prompt: 'go', cwd: '/code', labels } });
  return (await answer.json()) as Run;
};
const change = (id: string, body: object, key?: string) =>
  server.call('PATCH', `/api/v1/runs/${id}`, { body, ...(key && { key }) });

test('its labels are put in place of those it has, and what is left out stays', async () => {
  const { id } = await launch(['nightly']);
  const changed = await change(id, { labels: ['nightly', 'api'] });
  expect(changed.status).toBe(200);
  expect(await changed.json()).toMatchObject({ id, status: 'QUEUED', labels: ['nightly', 'api'] });
  expect(await (await change(id, {})).json()).toMatchObject({ labels: ['nightly', 'api'] });
  const listed = await server.call('GET', '/api/v1/runs?label=api');
  expect(await listed.json()).toMatchObject({ data: [{ id }] });
  expect(await (await change(id, { labels: [] })).json()).toMatchObject({ labels: [] });
});

test('also of one that has ended; of one that was deleted there is nothing to change', async () => {
  const { id } = await launch([]);
  await server.call('POST', `/api/v1/runs/${id}/cancel`, { body: {} });
  expect((await change(id, { labels: ['kept'] })).status).toBe(200);
  await server.call('DELETE', `/api/v1/runs/${id}`);
  expect((await change(id, { labels: ['lost'] })).status).toBe(404);
});

test('what is no set of labels is refused, and so is a key that may only read', async () => {
  const { id } = await launch([]);
  for (const labels of [['a', 'a'], [' '], 'a', Array.from({ length: 21 }, (_, n) => `${n}`)]) {
    expect((await change(id, { labels })).status).toBe(400);
  }
  expect((await change(id, { status: 'SUCCEEDED' })).status).toBe(400);
  expect((await change(id, { labels: [] }, await server.makeKey(['runs:read']))).status).toBe(403);
});

import { CreateRun } from '@agentfleet/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../testing/server.js';

let server: TestServer;
let tail: string;
beforeAll(async () => {
  server = await startTestServer();
  const run = await server.queue.enqueue(server.orgId, CreateRun.parse({ prompt: 'do it', cwd: '/code' }));
  tail = `/api/v1/runs/${run.id}/events`;
});
afterAll(() => server.close());

const stream = (key: string) => server.call('GET', tail, { key, headers: { accept: 'text/event-stream' } });

test('a revoked key ends the streams and long-polls that were opened with it, and no others', async () => {
  const revoked = await server.makeKey(['runs:read']);
  const kept = await server.makeKey(['runs:read']);
  const streams = await Promise.all([stream(revoked), stream(revoked)]);
  const poll = server.call('GET', `${tail}?wait=30`, { key: revoked });
  const other = await stream(kept);
  let otherEnded = false;
  const readingOther = other.text().finally(() => {
    otherEnded = true;
  });

  const keys = (await (await server.call('GET', '/api/v1/api-keys')).json()) as {
    data: { id: string; lastFour: string }[];
  };
  const id = keys.data.find(({ lastFour }) => revoked.endsWith(lastFour))?.id;
  expect((await server.call('DELETE', `/api/v1/api-keys/${id}`)).status).toBe(200);
  await Promise.all(streams.map((one) => one.text()));
  expect(await (await poll).json()).toEqual({ data: [], hasMore: false });
  expect(otherEnded).toBe(false);

  await server.close();
  await readingOther;
});

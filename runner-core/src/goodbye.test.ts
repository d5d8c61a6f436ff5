import { afterEach, beforeEach, expect, test } from 'vitest';
import { fileStem } from './outbox/outbox.js';
import { TestControlApi } from './testing/control-api.js';
import { RunnerOn } from './testing/runner-on.js';

let api: TestControlApi;
let on: RunnerOn;
beforeEach(async () => {
  api = await new TestControlApi().listen();
  on = new RunnerOn(api);
});
afterEach(async () => {
  await on.close();
  await api.close();
});

const goodbye = () => api.requests('heartbeat').find(({ body }) => (body as { leaving?: boolean }).leaving);

test('a runner that leaves names the sessions whose end it has not delivered, and no others', async () => {
  const delivered = api.launch();
  await expect.poll(() => on.agent.sessions.length).toBe(1);
  on.session(0).end();
  await expect.poll(() => api.stored(delivered.id).finish?.status).toBe('SUCCEEDED');
  const kept = api.launch();
  await expect.poll(() => on.agent.sessions.length).toBe(2);
  api.fault = ({ route }) =>
    route === 'finishRun'
      ? { status: 503, body: { error: { code: 'INTERNAL', message: 'away' } } }
      : undefined;
  on.session(1).end();
  await expect.poll(() => on.ended).toHaveLength(2);
  await on.runner.leave();
  await on.done;
  expect(goodbye()?.body).toMatchObject({
    leaving: true,
    draining: true,
    leases: [{ runId: kept.id, token: kept.token }],
  });
  expect(on.files).toEqual([`${fileStem(kept.id, 1)}.log`]);
});

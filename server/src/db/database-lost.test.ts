import type { Worker } from 'node:worker_threads';
import { afterEach, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../testing/server.js';

let server: TestServer;
afterEach(() => server.close());

/** A server, and the thread of its embedded database. */
async function started(): Promise<Worker> {
  const threads: Worker[] = [];
  const note = (thread: Worker) => threads.push(thread);
  process.on('worker', note);
  server = await startTestServer();
  process.off('worker', note);
  const [thread] = threads;
  if (!thread) throw new Error('The embedded database has no thread');
  return thread;
}

const health = () => server.call('GET', '/healthz', { key: null });

test('when the thread of the embedded database dies nothing hangs, and everybody is told', async () => {
  const thread = await started();
  expect((await health()).status).toBe(200);
  const underWay = Array.from({ length: 10 }, () => server.call('GET', '/api/v1/runs'));
  await thread.terminate();
  for (const { status } of await Promise.all(underWay)) expect([200, 503]).toContain(status);
  const lost = await health();
  expect(lost.status).toBe(503);
  expect(await lost.json()).toMatchObject({
    error: { code: 'UNAVAILABLE', message: expect.stringContaining('The embedded database has ended') },
  });
  for (const [method, path, body] of [
    ['GET', '/api/v1/runs'],
    ['POST', '/api/v1/runs', { prompt: 'go', cwd: '/code' }],
    ['GET', '/api/v1/api-keys'],
  ] as const) {
    const answer = await server.call(method, path, { body });
    expect([answer.status, await answer.json()]).toMatchObject([503, { error: { code: 'UNAVAILABLE' } }]);
  }
});

test('a transaction that has begun fails, and the server can still be closed', async () => {
  const thread = await started();
  const failed = server.database.transaction(async (tx) => {
    await tx.query({ name: 'one', text: 'SELECT 1' }, []);
    await thread.terminate();
    return tx.query({ name: 'two', text: 'SELECT 2' }, []);
  });
  await expect(failed).rejects.toThrow();
  expect(server.database.lost.aborted).toBe(true);
  await server.close();
});

test('a full disk is told as one, and what comes after it works', async () => {
  await started();
  const does = (text: string) => server.database.prisma.$executeRawUnsafe(text);
  await does(`CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$`);
  const body = { prompt: 'go', cwd: '/code' };
  for (const [table, path, sent] of [
    ['runs', '/api/v1/runs', body],
    ['api_keys', '/api/v1/api-keys', { name: 'ci', scopes: ['runs:read'] }],
  ] as const) {
    await does(`CREATE TRIGGER no_room BEFORE INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION no_room()`);
    const answer = await server.call('POST', path, { body: sent });
    expect([answer.status, await answer.json()]).toMatchObject([
      507,
      {
        error: {
          code: 'INSUFFICIENT_STORAGE',
          message: expect.stringContaining('disk of the database is full'),
        },
      },
    ]);
    // Sessions go on seconds after somebody has made room.
    expect(answer.headers.get('retry-after')).toBe('2');
    await does(`DROP TRIGGER no_room ON ${table}`);
    expect((await server.call('POST', path, { body: sent })).status).toBe(201);
  }
});

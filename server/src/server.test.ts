import { afterAll, beforeAll, expect, test } from 'vitest';
import { defaultPace } from './server.js';
import { startTestServer, type TestServer } from './testing/server.js';

const sweepMs = 10;
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ pace: { ...defaultPace, sweepMs } });
});
afterAll(() => server.close());

test('a sweep that a busy database keeps waiting is not joined by the next ones', async () => {
  const { database } = server;
  const { query } = database;
  let begun = 0;
  let answered = 0;
  database.query = async <Row>(...[statement, values]: Parameters<typeof query>) => {
    begun += 1;
    const rows = await query<Row>(statement, values);
    answered += 1;
    return rows;
  };
  await expect.poll(() => answered).toBeGreaterThan(1);
  // The embedded database has one connection, and nobody but the sweep asks it for anything.
  await database.transaction(async () => {
    await expect.poll(() => begun - answered).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 20 * sweepMs));
    expect(begun - answered).toBe(1);
  });
  const before = answered;
  await expect.poll(() => answered).toBeGreaterThan(before + 1);
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { DatabaseLink } from '../testing/database-link.js';
import { startTestPostgres, type TestPostgres } from '../testing/postgres.js';
import { PostgresWakeups } from './postgres-wakeups.js';

let postgres: TestPostgres;
let link: DatabaseLink;
beforeAll(async () => {
  postgres = await startTestPostgres();
  link = await DatabaseLink.to(postgres.url);
});
afterAll(async () => {
  await link.close();
  await postgres.stop();
});

test('what was to be said as the connection broke is said on the next one', async () => {
  const there = await PostgresWakeups.open(postgres.url);
  const here = await PostgresWakeups.open(link.url);
  const heard: string[] = [];
  for (const run of ['run:before', 'run:meanwhile'] as const) there.listen(run, () => heard.push(run));
  here.wake('run:before');
  await expect.poll(() => heard).toEqual(['run:before']);
  await expect.poll(() => here.peers).toBe(1);
  // What is said is gathered for a moment, in which the connection ends.
  here.wake('run:meanwhile');
  link.goAway();
  const attempts = link.attempts.length;
  await expect.poll(() => link.attempts.length).toBeGreaterThan(attempts);
  link.returns();
  await expect.poll(() => heard).toEqual(['run:before', 'run:meanwhile']);
  await here.close();
  await there.close();
});

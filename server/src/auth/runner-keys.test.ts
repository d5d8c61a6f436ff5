import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../db/database.js';
import { newId } from '../db/ids.js';
import { createQueue } from '../queue/create-queue.js';
import { counting } from '../testing/counting.js';
import { openTestDatabase } from '../testing/database.js';
import { machine } from '../testing/machine.js';
import { createApiKey } from './api-keys.js';
import { Authenticator } from './authenticator.js';
import type { Caller } from './caller.js';
import { settleEnrolment } from './enrolment.js';
import { RunnerKeys, runnerOf } from './runner-keys.js';

let database: Database;
let orgId: string;
beforeAll(async () => {
  database = await openTestDatabase();
  orgId = newId('org_');
  await database.prisma.org.create({ data: { id: orgId, name: 'Test', requireRunnerCredentials: false } });
});
afterAll(() => database.close());

async function callerOf(key: string, on = database): Promise<Caller> {
  const caller = await new Authenticator(on).callerOf(key);
  if (!caller) throw new Error('The key is not known');
  return caller;
}

/** A runner with a credential, in use by the process `p`. */
async function enrolled() {
  const { key } = await createApiKey(database, orgId, { name: 'fleet', scopes: ['runner'] });
  const request = machine();
  const enrolment = { caller: await callerOf(key), request, secret: 'x'.repeat(32), instance: 'p' };
  const { id, credential = '' } = await createQueue(database).register(orgId, request, (tx, runnerId) =>
    settleEnrolment(tx, runnerId, enrolment),
  );
  return { id, credential, key };
}

test('a runner’s own credential costs no statement beside the look-up of its key', async () => {
  const { id, credential } = await enrolled();
  const counted = counting(database);
  const authenticator = new Authenticator(counted.database);
  const keys = new RunnerKeys(counted.database, pino({ level: 'silent' }));
  for (let call = 0; call < 50; call += 1) {
    const caller = await authenticator.callerOf(credential);
    if (!caller) throw new Error('The credential is not known');
    await keys.admit(caller, id);
    expect(await keys.conflictOf(caller, 'p')).toBeUndefined();
    expect(runnerOf(caller)).toBe(id);
  }
  await expect.poll(() => new Set(counted.asked)).toEqual(new Set(['find-api-keys', 'note-key-use']));
});

test('an API key costs one a second at most, and sees a credential that was made meanwhile', async () => {
  const { key } = await createApiKey(database, orgId, { name: 'old', scopes: ['runner'] });
  const caller = await callerOf(key);
  const request = machine();
  const { id } = await createQueue(database).register(orgId, request);
  const counted = counting(database);
  const keys = new RunnerKeys(counted.database, pino({ level: 'silent' }));
  for (let call = 0; call < 50; call += 1) await keys.admit(caller, id);
  expect(counted.asked.length).toBeLessThan(3);
  const enrolment = { caller, request, secret: 'y'.repeat(32), instance: 'p' };
  await createQueue(database).register(orgId, request, (tx, runnerId) =>
    settleEnrolment(tx, runnerId, enrolment),
  );
  database.wakeups.wake('keys');
  await expect(keys.admit(caller, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../db/database.js';
import { openTestDatabase } from '../testing/database.js';
import { describeFault } from './fault.js';

let database: Database;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

async function faultOf(text: string): Promise<string> {
  const error: unknown = await database.query({ name: text, text }, ['a secret prompt']).catch((e) => e);
  expect(error).toBeInstanceOf(Error);
  return JSON.stringify(describeFault(error));
}

test('a value that the database could not read is not in the log', async () => {
  const fault = await faultOf('SELECT $1::uuid');
  expect(fault).toContain('22P02');
  expect(fault).not.toContain('secret');
});

test('neither is a row that broke a constraint, but what broke is', async () => {
  const fault = await faultOf('INSERT INTO orgs (id, name) SELECT $1, NULL');
  expect(fault).toContain('violates not-null constraint');
  expect(fault).not.toContain('secret');
});

test('of a call through Prisma only the reason is told', () => {
  const error = new Error('Invalid call:\n{ prompt: "a secret prompt" }\n\nArgument `id` is missing.');
  error.name = 'PrismaClientValidationError';
  expect(describeFault(error)).toMatchObject({ message: 'Argument `id` is missing.' });
  expect(JSON.stringify(describeFault(error))).not.toContain('secret');
});

test('a fault says where it came from', () => {
  expect(describeFault(new TypeError('x is no function')).at[0]).toContain('fault.test');
});

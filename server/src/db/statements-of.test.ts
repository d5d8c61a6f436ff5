import { expect, test } from 'vitest';
import { ownMigrations } from './open.js';
import { statementsOf } from './statements-of.js';

test('a semicolon within a text, a name, a comment or a body ends no statement', () => {
  const body = 'CREATE FUNCTION f() RETURNS void AS $body$ BEGIN; END; $body$ LANGUAGE plpgsql';
  expect(
    statementsOf(`-- first; of all
      SELECT 'a;b''c;', "d;""e"; /* none; here */ ; DO $$ BEGIN; END $$;
      ${body}; SELECT 1 - 2 -- without an end;
    `),
  ).toEqual([
    `-- first; of all\n      SELECT 'a;b''c;', "d;""e"`,
    'DO $$ BEGIN; END $$',
    body,
    'SELECT 1 - 2 -- without an end;',
  ]);
});

test('nothing of a migration is lost between its statements', () => {
  const bare = (text: string) => text.replace(/--[^\n]*/g, '').replace(/[\s;]/g, '');
  for (const { sql } of ownMigrations()) expect(bare(statementsOf(sql).join(';'))).toBe(bare(sql));
});

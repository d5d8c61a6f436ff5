import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestDatabase } from '../testing/database.js';
import { startTestPostgres, type TestPostgres } from '../testing/postgres.js';
import { numberArray, textArray } from './arrays.js';
import type { Database } from './database.js';
import { openDatabase } from './open.js';

const arrays = {
  'no text at all': [],
  'one text': ['x'],
  'what an array literal would have to escape': ['"', '\\', '{a,b}', 'NULL', ' ', "'", '\n\t', ','],
  'nothing, and what is nearly nothing': [null, '', null],
  'characters of one to four bytes': ['aé€😀', '\u{10ffff}', 'e\u0301'],
  'a text of a megabyte': ['€'.repeat(350_000), 'end'],
};

describe.each(['postgres', 'embedded'])('on %s', (kind) => {
  let postgres: TestPostgres | undefined;
  let database: Database;

  beforeAll(async () => {
    if (kind === 'postgres') postgres = await startTestPostgres();
    database = postgres ? await openDatabase({ url: postgres.url, dataDir: null }) : await openTestDatabase();
  });
  afterAll(async () => {
    await database.close();
    await postgres?.stop();
  });

  const statement = { name: 'echo', text: 'SELECT $1::text[] AS echo' };

  test.each(Object.entries(arrays))('the database reads %s as it was written', async (_what, texts) => {
    expect(await database.query(statement, [textArray(texts)])).toEqual([{ echo: texts }]);
  });

  test.each([[[]], [[1]], [[-2_147_483_648, 0, Number.MAX_SAFE_INTEGER]]])(
    'the database reads the numbers %j as they were written',
    async (numbers) => {
      const echo = { name: 'echo-numbers', text: 'SELECT to_json($1::bigint[]) AS echo' };
      expect(await database.query(echo, [numberArray(numbers)])).toEqual([{ echo: numbers }]);
    },
  );

  test('a NUL byte is refused as a value, not as a broken message', async () => {
    await expect(database.query(statement, [textArray(['a\0b'])])).rejects.toMatchObject({
      code: expect.stringMatching(/^22/),
    });
    expect(await database.query(statement, [textArray(['after'])])).toEqual([{ echo: ['after'] }]);
  });
});

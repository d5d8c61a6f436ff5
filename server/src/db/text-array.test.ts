import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestPostgres, type TestPostgres } from '../testing/postgres.js';
import type { Database } from './database.js';
import { openDatabase } from './open.js';
import { textArray } from './text-array.js';

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
    database = await openDatabase({ url: postgres?.url, dataDir: null });
  });
  afterAll(async () => {
    await database.close();
    await postgres?.stop();
  });

  const statement = { name: 'echo', text: 'SELECT $1::text[] AS echo' };

  test.each(Object.entries(arrays))('the database reads %s as it was written', async (_what, texts) => {
    expect(await database.query(statement, [textArray(texts)])).toEqual([{ echo: texts }]);
  });

  test('a NUL byte is refused as a value, not as a broken message', async () => {
    await expect(database.query(statement, [textArray(['a\0b'])])).rejects.toMatchObject({
      code: expect.stringMatching(/^22/),
    });
    expect(await database.query(statement, [textArray(['after'])])).toEqual([{ echo: ['after'] }]);
  });
});

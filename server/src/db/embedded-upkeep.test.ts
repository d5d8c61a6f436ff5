import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshDataDir } from '../testing/embedded-template.js';
import { type Embedded, openEmbedded } from './embedded.js';
import { checkpointWhereDue } from './embedded-upkeep.js';
import { openDatabase } from './open.js';

const { dataDir, remove } = freshDataDir();
const databaseDir = join(dataDir, 'postgres');
let embedded: Embedded;
beforeAll(async () => {
  await (await openDatabase({ dataDir })).close();
  embedded = await openEmbedded(databaseDir);
});
afterAll(async () => {
  await embedded?.close();
  remove();
});

test('the log of the embedded database does not grow for ever', async () => {
  const write = async () => {
    for (let n = 0; n < 40; n += 1) {
      await embedded.pool.query(`SELECT pg_logical_emit_message(true, 'a', repeat('b', 1000000))`);
    }
    await checkpointWhereDue(embedded.pool);
  };
  const segments = () =>
    readdirSync(join(databaseDir, 'pg_wal')).filter((name) => /^[0-9A-F]{24}$/.test(name));
  for (let round = 0; round < 6; round += 1) await write();
  expect(segments().length).toBeLessThanOrEqual(8);
});

test('a log that has hardly grown makes no checkpoint', async () => {
  const redo = async () => (await embedded.pool.query('SELECT redo_lsn FROM pg_control_checkpoint()')).rows;
  await embedded.pool.query('CHECKPOINT');
  const before = await redo();
  await embedded.pool.query(`SELECT pg_logical_emit_message(true, 'a', 'b')`);
  await checkpointWhereDue(embedded.pool);
  expect(await redo()).toEqual(before);
});

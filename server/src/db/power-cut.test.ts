import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite, type PGliteOptions } from '@electric-sql/pglite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freshDataDir } from '../testing/embedded-template.js';
import { PowerCuts } from '../testing/power-cuts.js';
import { openEmbedded } from './embedded.js';
import { embeddedSettings } from './embedded-settings.js';
import { openDatabase } from './open.js';

/** How many cuts are made, and which. */
const cuts = Number(process.env.POWER_CUTS ?? 5);
const seed = Number(process.env.POWER_CUTS_SEED ?? 1);
const batchRows = 40;
const batches = 30;

let folder: string;
let databaseDir: string;
let remove: () => void;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'agentfleet-power-'));
  const fresh = freshDataDir();
  remove = fresh.remove;
  await (await openDatabase({ dataDir: fresh.dataDir })).close();
  databaseDir = join(fresh.dataDir, 'postgres');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  remove();
});

/** Numbers from 0 to 1 that are the same for the same seed. */
function randomOf(from: number): () => number {
  let state = from >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Works as a server does, with checkpoints, new tables and full segments of the log. @returns when each batch was acknowledged */
async function work(options: PGliteOptions, disk: PowerCuts): Promise<number[]> {
  const database = await PGlite.create(options);
  await database.exec(
    'CREATE TABLE kept (id int PRIMARY KEY, batch int, text text); CREATE INDEX ON kept (batch); CREATE TABLE last (batch int)',
  );
  await database.exec('INSERT INTO last VALUES (-1)');
  const acknowledged: number[] = [];
  for (let batch = 0; batch < batches; batch += 1) {
    await database.transaction(async (tx) => {
      await tx.query(
        `INSERT INTO kept SELECT $1 * ${batchRows} + n, $1, repeat(md5(n::text), 20) FROM generate_series(0, ${batchRows - 1}) n`,
        [batch],
      );
      await tx.query('UPDATE last SET batch = $1', [batch]);
    });
    acknowledged.push(disk.now);
    if (batch % 7 === 3) await database.exec('CHECKPOINT');
    if (batch % 7 === 5) await database.exec('SELECT pg_switch_wal()');
    if (batch % 10 === 8) {
      await database.exec(`CREATE TABLE other_${batch} AS SELECT * FROM kept`);
      await database.exec('VACUUM kept');
    }
  }
  disk.stop();
  await database.close();
  return acknowledged;
}

/** Opens what the cut left, as a server does. @returns what is wrong with it */
async function lossOf(directory: string, lastAcknowledged: number): Promise<string | undefined> {
  let embedded: Awaited<ReturnType<typeof openEmbedded>>;
  try {
    embedded = await openEmbedded(directory);
  } catch (error) {
    return `it does not open: ${(error as Error).message}`;
  }
  try {
    const ask = async (sql: string) => (await embedded.pool.query(sql)).rows;
    const rows = await ask('SELECT batch, count(*)::int AS count FROM kept GROUP BY batch ORDER BY batch');
    await ask('SET enable_seqscan = off');
    const found = await ask('SELECT count(*)::int AS count FROM kept WHERE id >= 0 AND length(text) = 640');
    const [last] = await ask('SELECT batch FROM last');
    const torn = rows.filter(({ count }) => count !== batchRows);
    if (torn.length > 0) return `batches are not whole: ${JSON.stringify(torn)}`;
    if (rows.length <= lastAcknowledged) return `${rows.length} batches of ${lastAcknowledged + 1} are there`;
    if (last?.batch !== rows.length - 1) return `the last batch is ${last?.batch} of ${rows.length}`;
    if (found[0]?.count !== rows.length * batchRows) return `the index finds ${found[0]?.count}`;
    return undefined;
  } catch (error) {
    return `it cannot be read: ${(error as Error).message}`;
  } finally {
    await embedded.close();
  }
}

/** What cuts at random moments after the first batch cost. */
async function losses(options: PGliteOptions, count: number): Promise<string[]> {
  const disk = new PowerCuts(databaseDir);
  const acknowledged = await work(options, disk);
  const random = randomOf(seed);
  const [first = 0] = acknowledged;
  const found: string[] = [];
  for (let cut = 0; cut < count; cut += 1) {
    // Every second one right after an acknowledgement; of what was not forced nothing, half or nearly all survives.
    const anywhere = first + Math.floor(random() * (disk.now - first));
    const last = acknowledged.findLastIndex((moment) => moment <= anywhere);
    const moment = cut % 2 === 0 ? (acknowledged[last] ?? first) : anywhere;
    const survives = [0, 0.5, 0.95][cut % 3] ?? 0;
    const directory = join(folder, `cut-${cut}`);
    disk.layOut(moment, directory, survives, random);
    const loss = await lossOf(directory, last);
    if (loss !== undefined) found.push(`cut ${cut} at ${moment}, ${survives} survive: ${loss}`);
    rmSync(directory, { recursive: true });
  }
  return found;
}

test('no power cut loses or tears what the embedded database acknowledged', {
  timeout: 300_000,
}, async () => {
  expect(await losses(embeddedSettings(databaseDir), cuts)).toEqual([]);
});

test('such a cut does cost a database that does not force the disk', { timeout: 300_000 }, async () => {
  expect(await losses({ dataDir: databaseDir }, 1)).not.toEqual([]);
});

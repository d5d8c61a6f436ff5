import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freshDataDir } from '../testing/embedded-template.js';
import { type Embedded, openEmbedded } from './embedded.js';
import { openDatabase } from './open.js';

/** Nobody may wait for longer than that, ms. */
const patienceMs = 5_000;

let folder: string;
let databaseDir: string;
let embedded: Embedded | undefined;
let remove: () => void;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'agentfleet-disk-'));
  const fresh = freshDataDir();
  remove = fresh.remove;
  await (await openDatabase({ dataDir: fresh.dataDir })).close();
  databaseDir = join(fresh.dataDir, 'postgres');
});
afterEach(async () => {
  await embedded?.close();
  embedded = undefined;
  spawnSync('umount', ['-l', join(folder, 'small')]);
  rmSync(folder, { recursive: true, force: true });
  remove();
});

const opened = async (directory: string): Promise<Embedded> => {
  embedded = await openEmbedded(directory);
  return embedded;
};

/** What is said when the database is lost. Rejects where that takes too long, or a statement hangs. */
async function endOf({ lost, pool }: Embedded): Promise<string> {
  await expect.poll(() => lost.aborted, { timeout: patienceMs }).toBe(true);
  const began = performance.now();
  await expect(pool.query('SELECT 1')).rejects.toThrow();
  expect(performance.now() - began).toBeLessThan(patienceMs);
  const { message, mend } = lost.reason;
  return `${message}. ${mend}`;
}

test.skipIf(process.platform === 'win32').each([
  ['removed', () => rmSync(databaseDir, { recursive: true }), 'is gone (ENOENT)'],
  ['moved away', () => renameSync(databaseDir, join(folder, 'elsewhere')), 'is gone (ENOENT)'],
  [
    'replaced by another one',
    () => {
      renameSync(databaseDir, join(folder, 'elsewhere'));
      mkdirSync(databaseDir);
      writeFileSync(join(databaseDir, 'PG_VERSION'), '18\n');
    },
    'another one lies in the place of its directory',
  ],
])('a database whose directory is %s ends with a sentence', async (_how, happens, words) => {
  const database = await opened(databaseDir);
  happens();
  const said = await endOf(database);
  expect(said).toContain(words);
  expect(said).toContain(databaseDir);
  expect(said).toContain('Bring it back, then start AgentFleet again.');
});

test('a database that cannot write its log ends with what it said, and nobody waits for it', async () => {
  const database = await opened(databaseDir);
  rmSync(join(databaseDir, 'pg_wal'), { recursive: true });
  writeFileSync(join(databaseDir, 'pg_wal'), '');
  const asked = Array.from({ length: 10 }, () =>
    database.pool.query('SELECT pg_switch_wal(), pg_logical_emit_message(true, $1, $2)', ['a', 'b']),
  );
  const answers = await Promise.allSettled([...asked, database.pool.query('CHECKPOINT')]);
  expect(answers.some(({ status }) => status === 'rejected')).toBe(true);
  expect(await endOf(database)).toMatch(/The embedded database has ended: .*pg_wal/);
});

/** A disk of so many megabytes; undefined where this user may mount none. */
function smallDisk(megabytes: number): string | undefined {
  const path = join(folder, 'small');
  mkdirSync(path);
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path]);
  return status === 0 ? path : undefined;
}

test.skipIf(process.platform !== 'linux' || process.getuid?.() !== 0)(
  'a disk that fills up is told at once, statement by statement, and ends the database where its log finds no room',
  { timeout: 60_000 },
  async ({ skip }) => {
    const disk = smallDisk(90);
    if (disk === undefined) return skip('no disk can be mounted here');
    spawnSync('cp', ['-r', databaseDir, join(disk, 'postgres')]);
    const database = await opened(join(disk, 'postgres'));
    await database.pool.query('CREATE TABLE filling (text text)');
    const { bavail, bsize } = statfsSync(disk);
    writeFileSync(join(disk, 'filler'), Buffer.alloc(bavail * bsize - 1_000_000));
    const insert = () =>
      database.pool.query(
        'INSERT INTO filling SELECT repeat(md5(n::text), 60) FROM generate_series(1, 500) n',
      );
    const refused = await insert()
      .then(() => insert())
      .catch((error) => error);
    expect(refused.code).toBe('53100');
    expect((await database.pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    // What changes no file's size goes on until the log needs another file.
    for (let n = 0; n < 40 && !database.lost.aborted; n += 1) {
      await database.pool
        .query('SELECT pg_logical_emit_message(true, $1, repeat($2, 1000000))', ['a', 'b'])
        .catch(() => undefined);
    }
    expect(await endOf(database)).toMatch(
      /has ended: its disk is full \(.*No space left.*\)\. Make room on it/,
    );
    rmSync(join(disk, 'filler'));
    await database.close();
    const again = await opened(join(disk, 'postgres'));
    expect((await again.pool.query('SELECT count(*)::int % 500 AS rest FROM filling')).rows).toEqual([
      { rest: 0 },
    ]);
  },
);

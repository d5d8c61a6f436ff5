import {
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { packed } from '../backup/archive.js';
import { bootstrap } from '../bootstrap.js';
import { freshDataDir } from '../testing/embedded-template.js';
import { type Embedded, openEmbedded } from './embedded.js';
import { openDatabase, ownMigrations } from './open.js';
import { clearOfProcess, dropTemplates, readyMadeFile, unpackReadyMade } from './ready-made.js';

const folder = mkdtempSync(join(tmpdir(), 'agentfleet-ready-made-'));
const file = join(folder, 'ready-made.tar.gz');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeAll(async () => {
  const { dataDir, remove } = freshDataDir();
  const database = await openDatabase({ dataDir });
  await dropTemplates(database);
  await database.close();
  clearOfProcess(join(dataDir, 'postgres'));
  await pipeline(packed(join(dataDir, 'postgres'), 'PG_VERSION'), createWriteStream(file));
  remove();
});

let databaseDir: string;
beforeEach(() => {
  databaseDir = join(mkdtempSync(join(folder, 'data-')), 'postgres');
});

const rowsOf = async ({ pool }: Embedded, sql: string) => (await pool.query(sql)).rows;

test('a first start begins with the database that the build made, which has no row of anybody', async () => {
  const embedded = await openEmbedded(databaseDir, file);
  const applied = await rowsOf(embedded, 'SELECT migration_name FROM _prisma_migrations ORDER BY 1');
  expect(applied.map((row) => row.migration_name)).toEqual(ownMigrations().map(({ name }) => name));
  const tables = await rowsOf(embedded, `SELECT tablename FROM pg_tables WHERE schemaname = 'public'`);
  const held: string[] = [];
  for (const { tablename } of tables) {
    const [{ count }] = (await rowsOf(embedded, `SELECT count(*) AS count FROM ${tablename}`)) as [
      { count: number },
    ];
    if (count > 0) held.push(tablename);
  }
  expect(tables.length).toBeGreaterThan(10);
  // Until when usage is summed is said of all orgs.
  expect(held.sort()).toEqual(['_prisma_migrations', 'usage_state']);
  await embedded.close();
});

test('a first start writes no database that nobody opens, whose files it would have to force', async () => {
  const embedded = await openEmbedded(databaseDir, file);
  expect(await rowsOf(embedded, 'SELECT datname FROM pg_database')).toEqual([{ datname: 'postgres' }]);
  await embedded.close();
  expect(readdirSync(join(databaseDir, 'base'))).toHaveLength(1);
});

test('two installations that begin with it share no key, no org and no secret', async () => {
  const begun = [];
  for (const name of ['one', 'two']) {
    const dataDir = mkdtempSync(join(folder, `${name}-`));
    mkdirSync(join(dataDir, 'postgres'), { mode: 0o700 });
    await unpackReadyMade(file, join(dataDir, 'postgres'));
    expect(existsSync(join(dataDir, 'postgres/server.secret'))).toBe(false);
    const database = await openDatabase({ dataDir });
    const keys = await bootstrap(database);
    const [org] = await database.prisma.org.findMany();
    const ids = (await database.prisma.apiKey.findMany()).map(({ id }) => id);
    begun.push([keys, org?.id, ids, readFileSync(join(dataDir, 'postgres/server.secret'), 'utf8')].flat());
    await database.close();
  }
  const [one = [], two = []] = begun.map((secrets) =>
    secrets.flatMap((secret) => (typeof secret === 'object' ? Object.values(secret) : [secret])),
  );
  expect(one).toHaveLength(6);
  expect(one.filter((secret) => two.includes(secret))).toEqual([]);
});

test('unpacking that was interrupted is done anew', async () => {
  mkdirSync(join(databaseDir, 'base'), { recursive: true });
  writeFileSync(join(databaseDir, 'unfinished'), '');
  writeFileSync(join(databaseDir, 'base', '1'), 'half');
  writeFileSync(join(databaseDir, 'PG_VERSION'), '1');
  const embedded = await openEmbedded(databaseDir, file);
  expect(await rowsOf(embedded, 'SELECT count(*) AS count FROM orgs')).toEqual([{ count: 0 }]);
  await embedded.close();
  expect(existsSync(join(databaseDir, 'unfinished'))).toBe(false);
});

test('a directory that holds anything is left as it is', async () => {
  mkdirSync(databaseDir);
  writeFileSync(join(databaseDir, 'of-mine.txt'), 'mine');
  await unpackReadyMade(file, databaseDir);
  expect(readdirSync(databaseDir)).toEqual(['of-mine.txt']);
});

test('other migrations are another file: a database that lacks one is never taken', () => {
  const own = ownMigrations();
  const [first, ...others] = own;
  if (!first) throw new Error('There are no migrations');
  const names = [
    own,
    others,
    [...own, { ...first, name: 'z' }],
    [{ ...first, checksum: '0' }, ...others],
  ].map(readyMadeFile);
  expect(new Set(names).size).toBe(names.length);
});

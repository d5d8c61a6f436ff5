import { execFile } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lockPath } from '../db/data-directory-lock.js';
import type { Database } from '../db/database.js';
import { openEmbedded } from '../db/embedded.js';
import { migrate } from '../db/migrate.js';
import { openDatabase, ownMigrations } from '../db/open.js';
import { freshDataDir } from '../testing/embedded-template.js';
import { backUp, restore } from './backup.js';

const home = mkdtempSync(join(tmpdir(), 'agentfleet-backup-'));
let made = 0;
const fresh = (name: string) => join(home, `${name}-${++made}`);
const at = (dataDir: string) => ({ dataDir, databaseUrl: undefined });

/** A database in use, with one org of that name. */
let inUse: { dataDir: string; remove: () => void; database: Database };
beforeAll(async () => {
  const directory = freshDataDir();
  const database = await openDatabase({ dataDir: directory.dataDir });
  inUse = { ...directory, database };
  await makeOrg(database, 'first');
});
afterAll(async () => {
  await inUse.database.close();
  inUse.remove();
  rmSync(home, { recursive: true });
});

const makeOrg = ({ prisma }: Database, name: string) =>
  prisma.org.create({ data: { id: `org_${crypto.randomUUID()}`, name } });

async function orgsIn(dataDir: string): Promise<string[]> {
  const database = await openDatabase({ dataDir });
  const orgs = await database.prisma.org.findMany({ orderBy: { createdAt: 'asc' } });
  await database.close();
  return orgs.map(({ name }) => name);
}

/** Nothing but the database is left of what was done there. */
const isTidy = (dataDir: string) => expect(readdirSync(dataDir)).toEqual(['postgres']);

test('a backup that is made while the database is written holds what was written at one moment, and is its user’s alone', async () => {
  const file = fresh('backup');
  let writing = true;
  let written = 0;
  const writer = (async () => {
    while (writing) {
      await makeOrg(inUse.database, `number ${++written}`);
      await delay(10);
    }
  })();
  await backUp(at(inUse.dataDir), file);
  const after = written;
  writing = false;
  await writer;
  expect(after).toBeGreaterThan(0);
  if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
  isTidy(inUse.dataDir);
  const restored = fresh('data');
  await restore(at(restored), file, false);
  isTidy(restored);
  const names = await orgsIn(restored);
  expect(names[0]).toBe('first');
  expect(names.slice(1)).toEqual(names.slice(1).map((_name, index) => `number ${index + 1}`));
  // The one in use goes on.
  await makeOrg(inUse.database, 'later');
}, 120_000);

test('a database that nobody has open is backed up too, and one that is there is replaced only when that is asked for', async () => {
  const { dataDir, remove } = freshDataDir();
  const database = await openDatabase({ dataDir });
  await makeOrg(database, 'of before');
  await database.close();
  const file = fresh('backup');
  await backUp(at(dataDir), file);
  const changed = await openDatabase({ dataDir });
  await makeOrg(changed, 'of after');
  await changed.close();
  await expect(restore(at(dataDir), file, false)).rejects.toThrow('--replace');
  expect(await orgsIn(dataDir)).toEqual(['of before', 'of after']);
  await restore(at(dataDir), file, true);
  isTidy(dataDir);
  expect(await orgsIn(dataDir)).toEqual(['of before']);
  remove();
}, 120_000);

test('nothing is restored under a server that runs', async () => {
  const file = fresh('backup');
  await backUp(at(inUse.dataDir), file);
  await expect(restore(at(inUse.dataDir), file, true)).rejects.toThrow('Another AgentFleet server uses');
  expect((await inUse.database.prisma.org.findFirst({ where: { name: 'first' } }))?.name).toBe('first');
}, 120_000);

test('a backup of an older database is brought up to date, and one of a newer is refused with a sentence', async () => {
  const older = fresh('data');
  const embedded = await openEmbedded(join(older, 'postgres'));
  const client = await embedded.pool.connect();
  await migrate(client, ownMigrations().slice(0, -3));
  await client.query(`INSERT INTO orgs (id, name) VALUES ('org_old', 'of old')`);
  client.release();
  await embedded.close();
  const file = fresh('backup');
  await backUp(at(older), file);
  const restored = fresh('data');
  await restore(at(restored), file, false);
  expect(await orgsIn(restored)).toEqual(['of old']);

  const newer = await openDatabase({ dataDir: restored });
  const text = `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at)
    VALUES ('1', 'x', '29990101000000_of_tomorrow', now())`;
  await newer.query({ name: 'newer', text }, []);
  await newer.close();
  await backUp(at(restored), file);
  const target = fresh('data');
  const refused = restore(at(target), file, false);
  await expect(refused).rejects.toThrow(/made by a newer AgentFleet.*29990101000000_of_tomorrow.*Update/);
  expect(existsSync(join(target, 'postgres', 'PG_VERSION'))).toBe(false);
}, 120_000);

test('a file that is cut, changed or no backup at all is refused, and what is there stays', async () => {
  const file = fresh('backup');
  await backUp(at(inUse.dataDir), file);
  const whole = readFileSync(file);
  const { dataDir, remove } = freshDataDir();
  const before = await openDatabase({ dataDir });
  await makeOrg(before, 'stays');
  await before.close();
  const changed = Buffer.from(whole);
  changed.writeUInt8((changed.at(-2_000) ?? 0) ^ 0xff, changed.length - 2_000);
  for (const bytes of [whole.subarray(0, -1), whole.subarray(0, whole.length / 2), changed]) {
    writeFileSync(file, bytes);
    await expect(restore(at(dataDir), file, true)).rejects.toThrow(/damaged.*Nothing was changed/);
    isTidy(dataDir);
  }
  writeFileSync(file, 'SELECT 1;');
  await expect(restore(at(dataDir), file, true)).rejects.toThrow('is not a backup of AgentFleet');
  await expect(restore(at(dataDir), join(home, 'nothing'), true)).rejects.toThrow('cannot be read');
  expect(await orgsIn(dataDir)).toEqual(['stays']);
  remove();
}, 120_000);

test('the database comes back that a restore had moved aside when it was killed', async () => {
  const { dataDir, remove } = freshDataDir();
  const before = await openDatabase({ dataDir });
  await makeOrg(before, 'aside');
  await before.close();
  renameSync(join(dataDir, 'postgres'), join(dataDir, 'replaced'));
  expect(await orgsIn(dataDir)).toEqual(['aside']);
  remove();
}, 120_000);

test('who cannot read the directory gets no copy from its server', async () => {
  const socket = connect(lockPath(join(inUse.dataDir, 'postgres')));
  const got: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => got.push(chunk));
  socket.write(`${'0'.repeat(64)}\n`);
  await once(socket, 'close');
  expect(Buffer.concat(got)).toHaveLength(0);
  if (process.platform === 'win32') return;
  expect(statSync(join(inUse.dataDir, 'postgres/server.secret')).mode & 0o777).toBe(0o600);
});

test.skipIf(process.platform === 'win32')(
  'a disk that is full is told, and leaves the file that was there as it was',
  async () => {
    const file = fresh('backup');
    writeFileSync(file, 'the one of yesterday');
    const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
    // Files may have a megabyte at most: what a disk says that has no more room, but for the word.
    const script = `ulimit -f 1024 && exec '${process.execPath}' '${cli}' backup '${file}'`;
    const { PATH } = process.env;
    const env = { PATH, HOME: home, AGENTFLEET_DATA_DIR: inUse.dataDir };
    const failed = await new Promise<{ code: unknown; said: string }>((resolve) =>
      execFile('bash', ['-c', script], { env }, (error, _stdout, said) =>
        resolve({ code: error?.code, said }),
      ),
    );
    expect(failed).toMatchObject({ code: 2, said: expect.stringContaining('cannot be written') });
    expect(readFileSync(file, 'utf8')).toBe('the one of yesterday');
    expect(readdirSync(home).filter((name) => name.includes('.part'))).toEqual([]);
    isTidy(inUse.dataDir);
  },
  120_000,
);

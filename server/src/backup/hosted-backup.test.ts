import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { migrate } from '../db/migrate.js';
import { openDatabase, ownMigrations } from '../db/open.js';
import { keepPartitions } from '../eventlog/partitions/keep-partitions.js';
import { readPartitions } from '../eventlog/partitions/partition.js';
import { startTestPostgres } from '../testing/postgres.js';
import { password, startSystemPostgres } from '../testing/system-postgres.js';
import { backUp, restore } from './backup.js';

const system = await startSystemPostgres();
if (!system)
  console.warn('Backups of a PostgreSQL are not tested: pg_config finds none with its pg_dump here.');

const home = mkdtempSync(join(tmpdir(), 'agentfleet-backup-'));
afterAll(async () => {
  await system?.stop();
  rmSync(home, { recursive: true });
});

const at = (databaseUrl: string) => ({ dataDir: home, databaseUrl });

async function ask(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

test('a pg_dump that is older than the database is told, with what to install', async () => {
  const postgres = await startTestPostgres();
  const [row] = (await ask(postgres.url, 'SHOW server_version_num')) as { server_version_num: string }[];
  const { stdout } = await promisify(execFile)('pg_dump', ['--version']).catch(() => ({ stdout: '999' }));
  const isOlder = Number(/\d+/.exec(stdout)?.[0]) < Math.floor(Number(row?.server_version_num) / 10_000);
  const database = await openDatabase({ url: postgres.url, dataDir: null });
  await database.close();
  if (isOlder) {
    await expect(backUp(at(postgres.url), join(home, 'none'))).rejects.toThrow(
      /pg_dump in PATH is of PostgreSQL/,
    );
    expect(existsSync(join(home, 'none'))).toBe(false);
  }
  const { PATH } = process.env;
  process.env.PATH = home;
  await expect(backUp(at(postgres.url), join(home, 'none'))).rejects.toThrow('pg_dump was not found in PATH');
  process.env.PATH = PATH;
  await postgres.stop();
});

describe.skipIf(!system)('with the PostgreSQL of this system', () => {
  const server = system?.url ?? '';
  let made = 0;
  /** An empty database. */
  async function empty(): Promise<string> {
    made += 1;
    await ask(server, `CREATE DATABASE fleet_${made}`);
    const url = new URL(server);
    url.pathname = `/fleet_${made}`;
    return url.href;
  }
  /** One with an org of that name. */
  async function fleet(name: string): Promise<string> {
    const url = await empty();
    const database = await openDatabase({ url, dataDir: null });
    await database.prisma.org.create({ data: { id: `org_${made}`, name } });
    await database.close();
    return url;
  }
  const orgsIn = async (url: string) =>
    ((await ask(url, 'SELECT name FROM orgs ORDER BY id')) as { name: string }[]).map(({ name }) => name);

  let file: string;
  let source: string;
  beforeAll(async () => {
    source = await fleet('saved');
    file = join(home, 'saved.dump');
    await backUp(at(source), file);
  });

  test('a backup is made while a server works, and restored into an empty database where a server goes on', async () => {
    const database = await openDatabase({ url: source, dataDir: null });
    const live = join(home, 'live.dump');
    await keepPartitions(database, undefined, new AbortController().signal);
    const partitions = await readPartitions(database, 'events');
    expect(partitions?.byTime).not.toEqual([]);
    await backUp(at(source), live);
    await database.close();
    expect(statSync(live).mode & 0o777).toBe(0o600);
    const target = await empty();
    await restore(at(target), live, false);
    expect(await orgsIn(target)).toEqual(['saved']);
    expect(await ask(target, `SELECT nspname FROM pg_namespace WHERE nspname LIKE 'agentfleet%'`)).toEqual(
      [],
    );
    const again = await openDatabase({ url: target, dataDir: null });
    expect(await again.prisma.org.count()).toBe(1);
    expect(await readPartitions(again, 'events')).toEqual(partitions);
    await again.close();
    // Partitions are no tables of somebody else.
    await restore(at(target), live, true);
  });

  test('a database that is there is replaced only when that is asked for, nobody uses it, and it is ours', async () => {
    const target = await fleet('there');
    await expect(restore(at(target), file, false)).rejects.toThrow('--replace');
    const user = await openDatabase({ url: target, dataDir: null });
    await expect(restore(at(target), file, true)).rejects.toThrow('Stop the servers');
    await user.close();
    await ask(target, 'CREATE TABLE somebody_elses (id int)');
    await expect(restore(at(target), file, true)).rejects.toThrow(/not AgentFleet’s \(somebody_elses\)/);
    await ask(target, 'DROP TABLE somebody_elses');
    expect(await orgsIn(target)).toEqual(['there']);
    await restore(at(target), file, true);
    expect(await orgsIn(target)).toEqual(['saved']);
  });

  test('an older one is brought up to date, and a newer one is refused', async () => {
    const older = await empty();
    const client = new pg.Client({ connectionString: older });
    await client.connect();
    await migrate(client, ownMigrations().slice(0, -3));
    await client.query(`INSERT INTO orgs (id, name) VALUES ('org_old', 'of old')`);
    await client.end();
    const dump = join(home, 'older.dump');
    await backUp(at(older), dump);
    const target = await empty();
    await restore(at(target), dump, false);
    const [row] = (await ask(target, 'SELECT count(*)::int AS count FROM _prisma_migrations')) as object[];
    expect(row).toEqual({ count: ownMigrations().length });
    expect(await orgsIn(target)).toEqual(['of old']);
    await ask(
      older,
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('1', 'x', '2999_later', now())`,
    );
    await backUp(at(older), dump);
    await expect(restore(at(target), dump, true)).rejects.toThrow(/newer AgentFleet.*2999_later/);
    expect(await orgsIn(target)).toEqual(['of old']);
  });

  test('a restore that fails, or was killed, leaves what was there', async () => {
    const target = await fleet('stays');
    const cut = join(home, 'cut.dump');
    writeFileSync(cut, readFileSync(file).subarray(0, -200));
    await expect(restore(at(target), cut, true)).rejects.toThrow(/pg_restore failed|not a backup/);
    expect(await orgsIn(target)).toEqual(['stays']);
    // As it is when a restore is killed: moved aside, and nothing in its place.
    await ask(target, 'ALTER SCHEMA public RENAME TO agentfleet_replaced');
    await ask(target, 'CREATE SCHEMA public');
    await expect(openDatabase({ url: target, dataDir: null })).rejects.toThrow(
      'was interrupted. Run it again',
    );
    await expect(restore(at(target), file, false)).rejects.toThrow('--replace');
    expect(await orgsIn(target)).toEqual(['stays']);
  });

  test('what is no backup of ours is refused, and so is one of the other kind', async () => {
    const other = await empty();
    await expect(backUp(at(other), join(home, 'other'))).rejects.toThrow('not one of AgentFleet');
    expect(existsSync(join(home, 'other'))).toBe(false);
    await expect(restore({ dataDir: home, databaseUrl: undefined }, file, false)).rejects.toThrow(
      'set DATABASE_URL',
    );
    await promisify(execFile)('pg_dump', [
      '--format=custom',
      '--file',
      join(home, 'strange'),
      `--dbname=${other}`,
    ]);
    await expect(restore(at(await empty()), join(home, 'strange'), false)).rejects.toThrow(
      'not a backup of AgentFleet',
    );
  });

  test.skipIf(process.platform === 'win32')(
    'the password is neither in the arguments nor in the environment of the programs, nor in a file that stays',
    async () => {
      const folder = mkdtempSync(join(home, 'bin-'));
      const { stdout } = await promisify(execFile)('sh', ['-c', 'command -v pg_dump']);
      const seen = join(folder, 'seen');
      writeFileSync(
        join(folder, 'pg_dump'),
        `#!/bin/sh\nprintf '%s\\n' "$@" >>'${seen}'\nenv >>'${seen}'\nls -l "$PGPASSFILE" >>'${seen}' 2>&1\nexec '${stdout.trim()}' "$@"\n`,
      );
      chmodSync(join(folder, 'pg_dump'), 0o755);
      const { PATH } = process.env;
      process.env.PATH = `${folder}:${PATH}`;
      try {
        await backUp(at(source), join(home, 'again.dump'));
      } finally {
        process.env.PATH = PATH;
      }
      const said = readFileSync(seen, 'utf8');
      expect(said).toContain('--format=custom');
      for (const spelled of [password, encodeURIComponent(password), 's s@w'])
        expect(said).not.toContain(spelled);
      const passFile = /PGPASSFILE=(.*)/.exec(said)?.[1] ?? '';
      expect(said).toMatch(/^-rw------- .*pgpass$/m);
      expect(existsSync(passFile)).toBe(false);
    },
  );
});

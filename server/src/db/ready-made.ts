import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unpack } from '../backup/archive.js';
import { besideTheDatabase } from '../backup/lock-calls.js';
import type { Database } from './database.js';
import type { Migration } from './migrations.js';

// The build makes a database that is migrated and holds no row of anybody (make-ready-made.ts). A first start unpacks it, where to
// make one took ten seconds and a gigabyte of memory.

const directory = fileURLToPath(new URL('../../dist/ready-made/', import.meta.url));

/**
 * The file of the ready-made database, a `tar.gz`, whether or not it exists. Its name says what it was made of, so that one with
 * other migrations, or of another PostgreSQL, is never taken.
 */
export function readyMadeFile(migrations: readonly Migration[]): string {
  const of = [pgliteVersion(), ...migrations.map(({ name, checksum }) => `${name} ${checksum}`)];
  return join(directory, `${createHash('sha256').update(of.join('\n')).digest('hex').slice(0, 24)}.tar.gz`);
}

function pgliteVersion(): string {
  const entry = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  return JSON.parse(readFileSync(join(dirname(entry), '../package.json'), 'utf8')).version;
}

/** Is there while a database is being unpacked: what lies beside it is not whole. */
const unfinished = 'unfinished';

/**
 * Unpacks the ready-made database into a directory that holds none, and forces it to the disk. One that was interrupted is done
 * anew. Where there is no such file the directory stays as it is. Only who has its lock may.
 */
export async function unpackReadyMade(file: string, databaseDir: string): Promise<void> {
  const marker = join(databaseDir, unfinished);
  const found = readdirSync(databaseDir).filter((name) => !besideTheDatabase.has(name));
  if (found.length > 0 && !found.includes(unfinished)) return;
  for (const name of found) {
    if (name !== unfinished) rmSync(join(databaseDir, name), { recursive: true });
  }
  if (existsSync(file)) {
    writeFileSync(marker, '');
    unpack(file, unfinished, databaseDir);
    await forceAll(databaseDir);
  }
  rmSync(marker, { force: true });
}

/** Drops the databases that others would be made of: three in five of all files, which each first start would write and force. */
export async function dropTemplates({ prisma }: Pick<Database, 'prisma'>): Promise<void> {
  await prisma.$executeRaw`UPDATE pg_database SET datistemplate = false WHERE datname IN ('template0', 'template1')`;
  await prisma.$executeRaw`DROP DATABASE IF EXISTS template0`;
  await prisma.$executeRaw`DROP DATABASE IF EXISTS template1`;
}

/** Removes what only the process had to do with that made it: the secret of its lock, above all. */
export function clearOfProcess(databaseDir: string): void {
  for (const name of besideTheDatabase) rmSync(join(databaseDir, name), { force: true });
}

/** Forces all files and directories to the disk. Windows forces what is open for writing, and no directories. */
async function forceAll(directory: string): Promise<void> {
  const isWindows = process.platform === 'win32';
  const paths = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() || (entry.isDirectory() && !isWindows))
    .map((entry) => join(entry.parentPath, entry.name));
  if (!isWindows) paths.push(directory);
  await Promise.all(
    paths.map(async (path) => {
      const handle = await open(path, isWindows ? 'r+' : 'r');
      await handle.sync().finally(() => handle.close());
    }),
  );
}

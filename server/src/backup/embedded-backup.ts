import { constants, existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream';
import type pg from 'pg';
import { appliedMigrations } from '../db/migrate.js';
import { packed } from './archive.js';
import { besideTheDatabase } from './lock-calls.js';
import { manifestName, manifestOf } from './manifest.js';

const copyOf = (databaseDir: string) => `${databaseDir}.copy-`;
let made = 0;

/**
 * A backup of the embedded database while it works: the one session there is waits while its files are copied, which is as fast
 * as the disk, and goes on while the copy is packed.
 * @returns what is to be read to the end, or destroyed
 */
export async function packEmbedded(pool: pg.Pool, databaseDir: string): Promise<Readable> {
  made += 1;
  const copy = `${copyOf(databaseDir)}${process.pid}-${made}`;
  const remove = () => rmSync(copy, { recursive: true, force: true });
  const client = await pool.connect();
  try {
    const migrations = await appliedMigrations(client);
    await client.query('CHECKPOINT');
    await cp(databaseDir, copy, {
      recursive: true,
      mode: constants.COPYFILE_FICLONE,
      filter: (path) => !besideTheDatabase.has(relative(databaseDir, path)),
    });
    await writeFile(join(copy, manifestName), manifestOf(migrations));
    const bytes = packed(copy, manifestName);
    finished(bytes, remove);
    return bytes;
  } catch (error) {
    remove();
    throw error;
  } finally {
    client.release();
  }
}

/** Where a database lies that is being restored, and the one whose place it takes. */
export const restoringDir = (dataDir: string) => join(dataDir, 'restoring');
const replacedDir = (dataDir: string) => join(dataDir, 'replaced');
const databaseDirOf = (dataDir: string) => join(dataDir, 'postgres');

/** Removes what a process left that died while it copied the database. Only who has its lock may. */
export function removeCopies(databaseDir: string): void {
  const prefix = basename(copyOf(databaseDir));
  const parent = dirname(databaseDir);
  for (const name of readdirSync(parent)) {
    if (name.startsWith(prefix)) rmSync(join(parent, name), { recursive: true, force: true });
  }
}

/** Puts the database back that a restore had moved aside when it died before it put another one in its place. */
export function settleRestore(dataDir: string): void {
  const [database, replaced] = [databaseDirOf(dataDir), replacedDir(dataDir)];
  if (existsSync(database) || !existsSync(replaced)) return;
  renameSync(replaced, database);
}

/** Puts the restored database in the place of the one that is there, which is kept until that is done. */
export async function swapIn(dataDir: string): Promise<() => void> {
  const [database, replaced] = [databaseDirOf(dataDir), replacedDir(dataDir)];
  rmSync(replaced, { recursive: true, force: true });
  await mkdir(dataDir, { recursive: true });
  if (existsSync(database)) renameSync(database, replaced);
  renameSync(databaseDirOf(restoringDir(dataDir)), database);
  return () => {
    for (const old of [replaced, restoringDir(dataDir)]) rmSync(old, { recursive: true, force: true });
  };
}

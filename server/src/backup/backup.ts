import { existsSync } from 'node:fs';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Config, ConfigError } from '../config.js';
import { lockDataDirectory, lockPath } from '../db/data-directory-lock.js';
import { openEmbedded } from '../db/embedded.js';
import { openDatabase, ownMigrations } from '../db/open.js';
import { textIn, unpack } from './archive.js';
import { packEmbedded, restoringDir, settleRestore, swapIn } from './embedded-backup.js';
import { backUpHosted, restoreHosted } from './hosted-backup.js';
import { callForBackup } from './lock-calls.js';
import { manifestName, readManifest, refuseNewer } from './manifest.js';
import { writeWhole } from './whole-file.js';

type Where = Pick<Config, 'dataDir' | 'databaseUrl'>;

/** Writes a backup of the database into a file; servers may go on. Throws ConfigError where the user can mend what is wrong. */
export async function backUp({ dataDir, databaseUrl }: Where, file: string): Promise<void> {
  if (databaseUrl !== undefined) return backUpHosted(databaseUrl, file);
  const databaseDir = join(dataDir, 'postgres');
  if (!existsSync(join(databaseDir, 'PG_VERSION'))) {
    throw new ConfigError(`There is no database in ${dataDir}. AGENTFLEET_DATA_DIR says where it is.`);
  }
  const fromServer = await callForBackup(databaseDir, lockPath(databaseDir));
  if (fromServer) return writeWhole(file, fromServer, checkWhole);
  const embedded = await openEmbedded(databaseDir);
  try {
    await writeWhole(file, await packEmbedded(embedded.pool, databaseDir), checkWhole);
  } finally {
    await embedded.close();
  }
}

/**
 * Puts the database of a backup in place, and brings its schema up to date. One that is there is only replaced where that is
 * asked for, and stays until the other one is whole. No server may have it open.
 */
export async function restore(
  { dataDir, databaseUrl }: Where,
  file: string,
  replace: boolean,
): Promise<void> {
  const kind = await kindOf(file);
  if ((databaseUrl === undefined) !== (kind === 'embedded')) {
    throw new ConfigError(
      kind === 'embedded'
        ? 'This is a backup of an embedded database, which cannot be restored into the PostgreSQL of DATABASE_URL.'
        : 'This is a backup of a PostgreSQL: set DATABASE_URL to an empty database for it.',
    );
  }
  if (databaseUrl !== undefined) return restoreHosted(databaseUrl, file, replace);
  const databaseDir = join(dataDir, 'postgres');
  settleRestore(dataDir);
  const isThere = existsSync(join(databaseDir, 'PG_VERSION'));
  if (isThere && !replace) {
    throw new ConfigError(
      `There is a database in ${dataDir}. To put the backup in its place, add --replace.`,
    );
  }
  const unlock = await lockDataDirectory(databaseDir);
  const restoring = restoringDir(dataDir);
  try {
    await rm(restoring, { recursive: true, force: true });
    await mkdir(join(restoring, 'postgres'), { recursive: true, mode: 0o700 });
    await unpackBackup(file, join(restoring, 'postgres'));
    await (await openDatabase({ dataDir: restoring })).close();
    const finish = await swapIn(dataDir);
    await unlock();
    finish();
  } catch (error) {
    await unlock();
    await rm(restoring, { recursive: true, force: true });
    throw error;
  }
}

async function kindOf(file: string): Promise<'embedded' | 'hosted'> {
  let head: Buffer;
  try {
    const handle = await open(file, 'r');
    try {
      head = (await handle.read(Buffer.alloc(5), 0, 5, 0)).buffer;
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw new ConfigError(`${file} cannot be read: ${(error as Error).message}`);
  }
  if (head.toString('latin1') === 'PGDMP') return 'hosted';
  if (head[0] === 0x1f && head[1] === 0x8b) return 'embedded';
  throw new ConfigError(`${file} is not a backup of AgentFleet.`);
}

/** Throws where it is not whole, or newer than this server. */
async function unpackBackup(file: string, directory: string): Promise<void> {
  try {
    refuseNewer(readManifest(await textIn(file, manifestName)), ownMigrations());
    unpack(file, manifestName, directory);
  } catch (error) {
    throw asSentence(error as NodeJS.ErrnoException, file);
  }
}

const checkWhole = async (file: string) => void (await textIn(file, manifestName));

function asSentence(error: NodeJS.ErrnoException, file: string): Error {
  if (error instanceof ConfigError) return error;
  if (error.code === 'ENOSPC') return new ConfigError('The disk is full. Nothing was changed.');
  if (error.syscall !== undefined) return error;
  return new ConfigError(`${file} is damaged: ${error.message}. Nothing was changed.`);
}

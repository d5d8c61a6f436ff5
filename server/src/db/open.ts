import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { settleRestore } from '../backup/embedded-backup.js';
import { assemble } from './assemble.js';
import type { Database } from './database.js';
import { openEmbedded } from './embedded.js';
import { LocalWakeups } from './local-wakeups.js';
import { migrate } from './migrate.js';
import { readMigrations } from './migrations.js';
import { openPostgres, type PostgresOptions } from './open-postgres.js';
import { readyMadeFile } from './ready-made.js';

const migrationsDirectory = fileURLToPath(new URL('../../../prisma/migrations', import.meta.url));

export interface DatabaseOptions extends PostgresOptions {
  /** A PostgreSQL of the user's; without it the embedded one is opened. */
  url?: string | undefined;
  /** Where the embedded database lives; null keeps it in memory. */
  dataDir: string | null;
}

/**
 * Opens the database and brings its schema up to date. Throws, with a sentence that says what to check, when it cannot be used, or
 * cannot be reached and `onWait` is not given.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  return options.url ? openPostgres(options.url, ownMigrations(), options) : openInProcess(options.dataDir);
}

/** The migrations that this server has, in order. */
export const ownMigrations = () => readMigrations(migrationsDirectory);

async function openInProcess(dataDir: string | null): Promise<Database> {
  if (dataDir !== null) settleRestore(dataDir);
  const migrations = ownMigrations();
  const embedded =
    dataDir === null
      ? await openEmbedded(null)
      : await openEmbedded(join(dataDir, 'postgres'), readyMadeFile(migrations));
  try {
    const client = await embedded.pool.connect();
    try {
      await migrate(client, migrations);
    } finally {
      client.release();
    }
    // Its clock is this process's own.
    const { now } = Date;
    return assemble({ kind: 'embedded', ...embedded, wakeups: new LocalWakeups(), now });
  } catch (error) {
    await embedded.close();
    throw error;
  }
}

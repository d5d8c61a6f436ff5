import { setTimeout as delay } from 'node:timers/promises';
import type { ClientBase } from 'pg';
import { ConfigError } from '../config.js';
import { applyAlone, isAlone } from './migrate-alone.js';
import { failed, record } from './migration-record.js';
import type { Migration } from './migrations.js';
import { sqlStateOf } from './sql-state.js';
import { statementsOf } from './statements-of.js';

/** Of servers that start at once one migrates, and the others wait. */
const migrateLock = 72707369;
/** How often one that waits for its turn asks, ms. */
const turnMs = 200;
/** How long a statement of a migration may wait for others' locks, ms: whoever comes after it waits as well. */
const lockMs = 5_000;

const migrationsTable = `
  CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum VARCHAR(64) NOT NULL,
    finished_at TIMESTAMPTZ,
    migration_name VARCHAR(255) NOT NULL,
    logs TEXT,
    rolled_back_at TIMESTAMPTZ,
    started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count INTEGER NOT NULL DEFAULT 0
  )`;

/** The names of those that a database has; none where it is not one of ours. */
export async function appliedMigrations(client: ClientBase): Promise<string[]> {
  const { rows: tables } = await client.query(`SELECT 1 WHERE to_regclass('_prisma_migrations') IS NOT NULL`);
  if (tables.length === 0) return [];
  const { rows } = await client.query<{ migration_name: string }>(
    `SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL
     ORDER BY migration_name`,
  );
  return rows.map((row) => row.migration_name);
}

/**
 * Applies what is missing, each migration in a transaction with its record. Where nothing is, nothing is written, so that a
 * user who may not change the schema can run an up-to-date one. Safe when several servers start at once: they take turns.
 * Throws ConfigError when the database is newer than this server or its user may not change the schema, and an error that
 * says which statement of which migration failed.
 * @returns the names of those applied now
 */
export async function migrate(client: ClientBase, migrations: readonly Migration[]): Promise<string[]> {
  if ((await missingOf(client, migrations)).length === 0) return [];
  await takeTurn(client);
  try {
    await refuseHalfRestored(client);
    await client.query(`SET lock_timeout = ${lockMs}; SET statement_timeout = 0`);
    const missing = await missingOf(client, migrations);
    if (missing.length > 0) await client.query(migrationsTable);
    for (const migration of missing) {
      await (isAlone(migration.sql) ? applyAlone(client, migration, lockMs) : apply(client, migration));
    }
    return missing.map(({ name }) => name);
  } catch (error) {
    throw asSentence(error);
  } finally {
    const tidy = `RESET lock_timeout; RESET statement_timeout; SELECT pg_advisory_unlock(${migrateLock})`;
    // What broke the connection has been said.
    await client.query(tidy).catch(() => undefined);
  }
}

/** Asked again and again: one that waits within a statement would be waited for by an index that is built beside the work. */
async function takeTurn(client: ClientBase): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ mine: boolean }>('SELECT pg_try_advisory_lock($1) AS mine', [
      migrateLock,
    ]);
    if (rows[0]?.mine) return;
    await delay(turnMs);
  }
}

/** Those that are not in the database yet, in order. */
async function missingOf(client: ClientBase, migrations: readonly Migration[]): Promise<Migration[]> {
  const { rows: tables } = await client.query(`SELECT 1 WHERE to_regclass('_prisma_migrations') IS NOT NULL`);
  if (tables.length === 0) return [...migrations];
  const { rows } = await client.query<{ migration_name: string; checksum: string }>(
    'SELECT migration_name, checksum FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
  );
  const applied = new Map(rows.map((row) => [row.migration_name, row.checksum]));
  const known = new Set(migrations.map(({ name }) => name));
  const newer = [...applied.keys()].filter((name) => !known.has(name));
  if (newer.length > 0) {
    throw new ConfigError(
      `The database was migrated by a newer AgentFleet (${newer.join(', ')}). Update this server; docs/data.md says how to go back to an older one.`,
    );
  }
  for (const { name, checksum } of migrations) {
    if (applied.has(name) && applied.get(name) !== checksum) {
      throw new Error(`The migration ${name} was changed after it had been applied.`);
    }
  }
  return migrations.filter(({ name }) => !applied.has(name));
}

/** The tables that were there before a restore, until it is over. */
export const replacedSchema = 'agentfleet_replaced';

/** An empty schema would be taken for a new database. */
async function refuseHalfRestored(client: ClientBase): Promise<void> {
  const { rows } = await client.query(
    `SELECT 1 WHERE to_regnamespace($1) IS NOT NULL AND to_regclass('_prisma_migrations') IS NULL`,
    [replacedSchema],
  );
  if (rows.length > 0) throw new Error('A restore of this database was interrupted. Run it again.');
}

async function apply(client: ClientBase, { name, sql, checksum }: Migration): Promise<void> {
  let statement = '';
  await client.query('BEGIN');
  try {
    for (statement of statementsOf(sql)) await client.query(statement);
    statement = 'INSERT INTO _prisma_migrations';
    await record(client, { name, checksum });
    await client.query('COMMIT');
  } catch (cause) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw failed(name, statement, cause, 'Nothing of it was applied');
  }
}

/** SQLSTATE: insufficient privilege. */
const notAllowed = '42501';

function asSentence(error: unknown): unknown {
  const { cause } = error as { cause?: unknown };
  if (![error, cause].some((one) => one instanceof Error && sqlStateOf(one) === notAllowed)) return error;
  return new ConfigError(
    `The user of DATABASE_URL may not bring the schema of the database up to date (${(error as Error).message}). Let one do it who may, with: npm run agentfleet -- migrate`,
  );
}

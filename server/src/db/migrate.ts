import { createHash, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClientBase } from 'pg';
import { ConfigError } from '../config.js';

/** The advisory lock that Prisma's own migrate takes, so that the two never run at once. */
const migrateLock = 72707369;

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

export interface Migration {
  name: string;
  sql: string;
  /** SHA-256 of the file, hex: what Prisma records. */
  checksum: string;
}

/** Reads `prisma/migrations`, in order. */
export function readMigrations(directory: string): Migration[] {
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .map((name) => {
      const sql = readFileSync(join(directory, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    });
}

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
 * Applies what is missing, each migration in a transaction with its record in Prisma's table, so that
 * `prisma migrate deploy` agrees. Safe when several servers start at once: they take turns.
 * Throws when a migration was changed after it was applied, or the database is newer than this server.
 * @returns the names of those applied now
 */
export async function migrate(client: ClientBase, migrations: readonly Migration[]): Promise<string[]> {
  await client.query('SELECT pg_advisory_lock($1)', [migrateLock]);
  try {
    await refuseHalfRestored(client);
    await client.query(migrationsTable);
    const { rows } = await client.query<{ migration_name: string; checksum: string }>(
      'SELECT migration_name, checksum FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
    );
    const applied = new Map(rows.map((row) => [row.migration_name, row.checksum]));
    const known = new Set(migrations.map((migration) => migration.name));
    const newer = [...applied.keys()].filter((name) => !known.has(name));
    if (newer.length > 0) {
      throw new ConfigError(
        `The database was migrated by a newer AgentFleet (${newer.join(', ')}). Update this server; docs/data.md says how to go back to an older one.`,
      );
    }
    const done: string[] = [];
    for (const migration of migrations) {
      const checksum = applied.get(migration.name);
      if (checksum === undefined) {
        await apply(client, migration);
        done.push(migration.name);
      } else if (checksum !== migration.checksum) {
        throw new Error(`The migration ${migration.name} was changed after it had been applied.`);
      }
    }
    return done;
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [migrateLock]);
  }
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

async function apply(client: ClientBase, migration: Migration): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(migration.sql);
    await client.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
       VALUES ($1, $2, $3, now(), 1)`,
      [randomUUID(), migration.checksum, migration.name],
    );
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}

import type pg from 'pg';
import { ConfigError } from '../config.js';
import { appliedMigrations, migrate, replacedSchema } from '../db/migrate.js';
import { ownMigrations } from '../db/open.js';
import { connectTo } from '../db/session.js';
import { refuseNewer } from './manifest.js';
import { newestMajor, outputOf, runTool } from './postgres-tools.js';
import { writeWhole } from './whole-file.js';

/** With `pg_dump`, which sees one moment of the database while servers go on. */
export async function backUpHosted(url: string, file: string): Promise<void> {
  await connected(url, async (client) => {
    const server = await majorOf(client);
    const tool = await newestMajor('pg_dump');
    if (tool < server) {
      throw new ConfigError(
        `The pg_dump in PATH is of PostgreSQL ${tool}, and the database is a PostgreSQL ${server}. Install the client programs of ${server} or newer, or put them first in PATH.`,
      );
    }
    if ((await appliedMigrations(client)).length === 0) {
      throw new ConfigError(
        'The database of DATABASE_URL is not one of AgentFleet: there is nothing to back up.',
      );
    }
  });
  await writeWhole(file, outputOf('pg_dump', ['--format=custom', '--no-owner', '--no-privileges'], url));
}

/** With `pg_restore`, in one transaction; what was there before is moved aside, and comes back when anything fails. */
export async function restoreHosted(url: string, file: string, replace: boolean): Promise<void> {
  await newestMajor('pg_restore');
  refuseNewer(await migrationsIn(file), ownMigrations());
  await connected(url, async (client) => {
    await settle(client);
    await refuseBusy(client);
    const schema = await schemaOf(client);
    const tables = await tablesOf(client);
    const own = ours();
    const strange = tables.filter((name) => !own.has(name));
    if (strange.length > 0) {
      throw new ConfigError(
        `The database of DATABASE_URL holds tables that are not AgentFleet’s (${strange.slice(0, 5).join(', ')}). Restore into one of its own.`,
      );
    }
    if (tables.length > 0 && !replace) {
      throw new ConfigError(
        'There is a database of AgentFleet at DATABASE_URL. To put the backup in its place, add --replace.',
      );
    }
    await client.query(
      `BEGIN; ALTER SCHEMA ${schema} RENAME TO ${replacedSchema}; CREATE SCHEMA ${schema}; COMMIT`,
    );
    try {
      const options = ['--single-transaction', '--exit-on-error', '--no-owner', '--no-privileges'];
      await runTool('pg_restore', options, url, file);
      await migrate(client, ownMigrations());
    } catch (error) {
      await putBack(client, schema);
      throw error;
    }
    await client.query(`DROP SCHEMA ${replacedSchema} CASCADE`);
    await client.query('ANALYZE');
  });
}

/** What an interrupted restore left: the tables of before, unless the new ones are there already. */
async function settle(client: pg.Client): Promise<void> {
  const { rows } = await client.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [replacedSchema]);
  if (rows.length === 0) return;
  if ((await tablesOf(client)).length === 0) await putBack(client, await schemaOf(client));
  else await client.query(`DROP SCHEMA ${replacedSchema} CASCADE`);
}

async function putBack(client: pg.Client, schema: string): Promise<void> {
  await client.query(
    `ROLLBACK; BEGIN; DROP SCHEMA ${schema} CASCADE; ALTER SCHEMA ${replacedSchema} RENAME TO ${schema}; COMMIT`,
  );
}

async function refuseBusy(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`,
  );
  const count = rows[0]?.count ?? 0;
  if (count === 0) return;
  throw new ConfigError(
    `${count} other ${count === 1 ? 'connection uses' : 'connections use'} the database of DATABASE_URL. Stop the servers that use it first.`,
  );
}

/** What our migrations have ever made, and their own record of it. */
const ours = () =>
  new Set([
    '_prisma_migrations',
    ...ownMigrations().flatMap(({ sql }) =>
      [...sql.matchAll(/^CREATE TABLE "(\w+)"/gm)].map(([, name]) => name),
    ),
  ]);

/** Without partitions: they are what their table is. */
async function tablesOf(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT relname::text AS name FROM pg_class
     WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY relname`,
  );
  return rows.map(({ name }) => name);
}

async function schemaOf(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ name: string | null }>(
    'SELECT quote_ident(current_schema()) AS name',
  );
  const name = rows[0]?.name;
  if (!name) throw new ConfigError('The user of DATABASE_URL has no schema to put tables into.');
  return name;
}

async function majorOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ version: string }>(
    `SELECT current_setting('server_version_num') AS version`,
  );
  return Math.floor(Number(rows[0]?.version) / 10_000);
}

/** The migrations of the database in a file of pg_dump. */
async function migrationsIn(file: string): Promise<string[]> {
  let script = '';
  const options = ['--data-only', '--table=_prisma_migrations', '--file=-'];
  for await (const chunk of outputOf('pg_restore', options, undefined, file))
    script += chunk.toString('utf8');
  const lines = script.split('\n');
  const begin = lines.findIndex((line) => /^COPY [^ ]*_prisma_migrations /.test(line));
  const columns = /\(([^)]*)\)/.exec(lines[begin] ?? '')?.[1]?.split(', ') ?? [];
  const [name, finished, undone] = ['migration_name', 'finished_at', 'rolled_back_at'].map((column) =>
    columns.indexOf(column),
  ) as [number, number, number];
  const rows = lines.slice(begin + 1, lines.indexOf('\\.', begin)).map((line) => line.split('\t'));
  const applied = rows.filter((row) => row[finished] !== '\\N' && row[undone] === '\\N');
  if (begin === -1 || applied.length === 0) throw new ConfigError(`${file} is not a backup of AgentFleet.`);
  return applied.map((row) => row[name] ?? '');
}

async function connected<Result>(url: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = await connectTo(url).catch((error: Error) => {
    throw new ConfigError(`The database of DATABASE_URL cannot be reached: ${error.message}`);
  });
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

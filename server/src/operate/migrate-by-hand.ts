import pg from 'pg';
import { type Config, ConfigError } from '../config.js';
import { migrate } from '../db/migrate.js';
import { openDatabase, ownMigrations } from '../db/open.js';
import { connectTo, refuseStrange } from '../db/session.js';
import { type Keeper, keepPartitions } from '../eventlog/partitions/keep-partitions.js';

/**
 * Brings the schema up to date as the user of DATABASE_URL, who may be another one than the servers': those then need no right
 * to change it.
 * @param role of the servers, which is given the rights that they need; undefined gives none
 * Throws ConfigError where the user can mend what is wrong.
 */
export async function migrateByHand(
  { databaseUrl, dataDir, retentionMs }: Pick<Config, 'databaseUrl' | 'dataDir' | 'retentionMs'>,
  role: string | undefined,
  say: (line: string) => void,
): Promise<void> {
  if (databaseUrl === undefined) {
    if (role !== undefined) throw new ConfigError('The embedded database has no roles: leave --for out.');
    await (await openDatabase({ dataDir })).close();
    return say('The embedded database is up to date.');
  }
  await refuseStrange(databaseUrl);
  const client = await connectTo(databaseUrl);
  try {
    const applied = await migrate(client, ownMigrations());
    for (const name of applied) say(`applied  ${name}`);
    const why = await keepByHand(client, retentionMs);
    if (why !== undefined) say(why);
    if (role !== undefined) await grantTo(client, role);
    say(applied.length === 0 ? 'The database was up to date.' : 'The database is up to date.');
  } finally {
    await client.end();
  }
}

/** So many lie ahead for servers that may not make them: who may comes by when there is a new version. */
const partitionsAhead = 12;

/** What the servers' housekeeping does, if they may. */
async function keepByHand(client: pg.Client, retentionMs: number | undefined): Promise<string | undefined> {
  const query: Keeper['query'] = async ({ text }, values) => (await client.query(text, [...values])).rows;
  const { rows } = await client.query<{ skew: number }>(
    'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 - $1::float8 AS skew',
    [Date.now()],
  );
  const skew = rows[0]?.skew ?? 0;
  const keeper: Keeper = {
    query,
    now: () => Math.round(Date.now() + skew),
    async transaction(work) {
      await client.query('BEGIN');
      try {
        const result = await work({ query });
        await client.query('COMMIT');
        return result;
      } catch (error) {
        await client.query('ROLLBACK').catch(() => undefined);
        throw error;
      }
    },
  };
  const { why } = await keepPartitions(keeper, retentionMs, new AbortController().signal, partitionsAhead);
  return why;
}

/** What servers do, and nothing that changes the schema. */
async function grantTo(client: pg.Client, role: string): Promise<void> {
  const { rows } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [role]);
  if (rows.length === 0) throw new ConfigError(`There is no role ${role} in the PostgreSQL of DATABASE_URL.`);
  const name = pg.escapeIdentifier(role);
  await client.query(`
    GRANT USAGE ON SCHEMA public TO ${name};
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${name};
    REVOKE UPDATE, TRUNCATE ON public.audit_entries FROM ${name};
    GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO ${name}`);
}

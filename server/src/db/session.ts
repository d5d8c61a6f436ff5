import pg from 'pg';
import { ConfigError } from '../config.js';
import { planForValues, planOnce } from './plan-once.js';

/** How long PostgreSQL may take to accept a connection, ms. */
export const connectMs = 10_000;

/**
 * What our statements, and those that read their answers, take for granted. A cluster, a database or a role may have been given
 * other settings: a Prisma that is told the time of Los Angeles takes it for UTC.
 */
export const settingsOfOurs: Record<string, string> = {
  TimeZone: 'UTC',
  DateStyle: 'ISO, YMD',
  IntervalStyle: 'postgres',
  search_path: 'public',
  default_transaction_isolation: 'read committed',
  bytea_output: 'hex',
  array_nulls: 'on',
  standard_conforming_strings: 'on',
  extra_float_digits: '1',
};

/** For a new connection: what it is set to matters no more to what we ask and are answered. */
export const settle = (client: pg.ClientBase) => set(client, { ...settingsOfOurs, ...planOnce });

/** The same for one that claims, appends and does the rest of the work. @param answerMs how long a statement may take, ms */
export const settleToWork = (client: pg.ClientBase, answerMs: number) =>
  set(client, {
    ...settingsOfOurs,
    ...planOnce,
    statement_timeout: String(answerMs),
    // A server that was frozen within a transaction holds what others wait for.
    idle_in_transaction_session_timeout: String(answerMs),
  });

/** The same for one that answers what people ask. @param answerMs how long a statement may take, ms */
export const settleToAsk = (client: pg.ClientBase, answerMs: number) =>
  set(client, { ...settingsOfOurs, ...planForValues, statement_timeout: String(answerMs) });

async function set(client: pg.ClientBase, wanted: Record<string, string>): Promise<void> {
  const settings = Object.entries(wanted);
  const calls = settings.map((_, index) => `set_config($${2 * index + 1}, $${2 * index + 2}, false)`);
  await client.query(`SELECT ${calls.join(', ')}`, settings.flat());
}

/** A connection besides the pool's, set as those are. The caller ends it. Rejects when there is none to be had. */
export async function connectTo(url: string, config: pg.ClientConfig = {}): Promise<pg.Client> {
  const client = new pg.Client({ connectionTimeoutMillis: connectMs, ...config, connectionString: url });
  // One that breaks while nothing is asked; without a listener that would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await settle(client);
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
  return client;
}

/** Throws ConfigError where the database is one that we cannot work with, with what to do about it. */
export async function refuseStrange(url: string): Promise<void> {
  // Prisma's own way to say it, which nothing here would heed.
  const asked = /[?&]schema=([^&]*)/.exec(url)?.[1] ?? 'public';
  if (asked !== 'public') throw otherSchema(`DATABASE_URL asks for the schema ${asked}`);
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: connectMs });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ encoding: string; schema: string | null }>(
      `SELECT current_setting('server_encoding') AS encoding, current_schema()::text AS schema`,
    );
    for (const { encoding, schema } of rows) {
      if (encoding !== 'UTF8') {
        throw new ConfigError(
          `The database of DATABASE_URL keeps texts as ${encoding}, which cannot hold all of them. Make one with: CREATE DATABASE agentfleet ENCODING 'UTF8' TEMPLATE template0`,
        );
      }
      if (schema === null) {
        throw new ConfigError(
          'The user of DATABASE_URL may not use the schema public of its database, where AgentFleet keeps its tables. Allow it with: GRANT USAGE ON SCHEMA public TO …',
        );
      }
      if (schema !== 'public')
        throw otherSchema(`The search_path of DATABASE_URL leads to the schema ${schema}`);
    }
  } finally {
    await client.end();
  }
}

const otherSchema = (found: string) =>
  new ConfigError(
    `${found}, but AgentFleet keeps its tables in the schema public, in a database of its own. Make one, or set the search_path of the user to public.`,
  );

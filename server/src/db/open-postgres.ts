import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { ConfigError } from '../config.js';
import { assemble } from './assemble.js';
import { connectionsOf, forOperators } from './connection-sum.js';
import type { Database } from './database.js';
import { DatabaseClock } from './database-clock.js';
import { migrate } from './migrate.js';
import type { Migration } from './migrations.js';
import { isShared, refuseUnset } from './pooler.js';
import { PostgresWakeups } from './postgres-wakeups.js';
import { connectMs, connectTo, refuseStrange, settleToAsk, settleToWork } from './session.js';
import { troubleOf } from './trouble.js';
import { types } from './types.js';

/** How long PostgreSQL may take to answer a statement, ms: a dead network never does. */
const answerMs = 30_000;
/** How much of that has passed when PostgreSQL itself ends a statement: what is given up here alone works on for nobody. */
const ofAnswer = 5 / 6;
/** How long what people ask may take, ms. */
const askMs = 10_000;
/** How much later that is given up here, ms. */
const patienceMs = 5_000;
/** A connection unused for so long is closed, ms: a new one costs a sign-in, and the plans of all statements once more. */
const idleMs = 600_000;

export interface PostgresOptions {
  /** The same database without the pooler that the address leads through. */
  directUrl?: string | undefined;
  /** Connections to it for work, and for what people ask: `connectionsOf` has what there is besides. Default 20, and half of the former. */
  poolSize?: number | undefined;
  readPoolSize?: number | undefined;
  /** How long it may take to answer a statement, ms; a connection that does not is given up. Default 30,000. */
  answerMs?: number;
  /** Waits for a PostgreSQL that is away, and is told of it: at first, whenever the reason is another one, and now and then. */
  onWait?: (sentence: string) => void;
}

/** As openDatabase. */
export async function openPostgres(
  url: string,
  migrations: readonly Migration[],
  options: PostgresOptions,
): Promise<Database> {
  try {
    return await whenThere(() => open(url, migrations, options), options.onWait);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new Error(`The database of DATABASE_URL cannot be used: ${reasonOf(error)}.`, { cause: error });
  }
}

async function open(
  url: string,
  migrations: readonly Migration[],
  options: PostgresOptions,
): Promise<Database> {
  const shared = await isShared(url);
  const directUrl = shared ? await ownAddress(options.directUrl) : url;
  await refuseStrange(url);
  await migrateAt(directUrl, migrations);
  const { poolSize = 20, readPoolSize = Math.ceil(poolSize / 2) } = options;
  const { answerMs: patience = answerMs } = options;
  const pool = poolOf(
    url,
    poolSize,
    patience,
    shared ? undefined : (client) => settleToWork(client, Math.ceil(patience * ofAnswer)),
  );
  const settleToRead = shared ? undefined : (client: pg.ClientBase) => settleToAsk(client, askMs);
  const reads = poolOf(url, readPoolSize, askMs + patienceMs, settleToRead);
  // Kept, since a new one is not to be had where PostgreSQL is full.
  const operators = poolOf(url, forOperators, askMs + patienceMs, settleToRead, 0);
  const pools = [pool, reads, operators];
  let clock: DatabaseClock | undefined;
  try {
    if (shared) await refuseUnset(pool, directUrl);
    await operators.query('SELECT 1');
    clock = await DatabaseClock.of(pool);
    const wakeups = await PostgresWakeups.open(directUrl);
    const { now, stop } = clock;
    return assemble({
      ...{
        kind: 'postgres',
        pool,
        reads,
        operators,
        lost: never,
        wakeups,
        now,
        prepares: !shared,
        ...(shared
          ? { askMs }
          : { mostConnections: connectionsOf({ workers: poolSize, readers: readPoolSize }) }),
      },
      async close() {
        await stop();
        await wakeups.close();
        await Promise.all(pools.map((one) => one.end()));
      },
    });
  } catch (error) {
    await clock?.stop();
    await Promise.all(pools.map((one) => one.end()));
    throw error;
  }
}

/**
 * @param onConnect undefined where what is set on a connection is set for whoever has it next
 * @param unusedMs how long one that nobody uses is kept; 0 for ever
 */
function poolOf(
  url: string,
  max: number,
  timeoutMs: number,
  onConnect: ((client: pg.ClientBase) => Promise<void>) | undefined,
  unusedMs = idleMs,
): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    types,
    keepAlive: true,
    keepAliveInitialDelayMillis: connectMs,
    connectionTimeoutMillis: connectMs,
    idleTimeoutMillis: unusedMs,
    query_timeout: timeoutMs,
    ...(onConnect && { onConnect }),
  });
  // A connection that breaks while idle is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => undefined);
  return pool;
}

/** The address past the pooler. Throws ConfigError where there is none. */
async function ownAddress(directUrl: string | undefined): Promise<string> {
  if (directUrl !== undefined && !(await isShared(directUrl))) return directUrl;
  const what =
    directUrl === undefined ? 'DATABASE_URL leads' : 'DATABASE_URL and DATABASE_DIRECT_URL both lead';
  throw new ConfigError(
    `${what} through a pooler that gives each transaction another connection. Set DATABASE_DIRECT_URL to the PostgreSQL itself: migrations, and wake-ups between servers, need connections of their own.`,
  );
}

/** How long it is between two attempts, and between two words about the same reason, ms. */
const retryMs = 2_000;
const sayAgainMs = 60_000;

/** Does it as soon as the database is there. Throws what no later attempt could change, and all where nobody is told of a wait. */
async function whenThere<Result>(
  work: () => Promise<Result>,
  say: ((sentence: string) => void) | undefined,
): Promise<Result> {
  let said = { reason: '', at: 0 };
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (say === undefined || troubleOf(error) === undefined) throw error;
      const reason = reasonOf(error);
      if (reason !== said.reason || performance.now() - said.at >= sayAgainMs) {
        said = { reason, at: performance.now() };
        say(`Waiting for the database of DATABASE_URL: ${reason}`);
      }
      await delay(retryMs);
    }
  }
}

/** A name with several addresses fails with an error for each and no message of its own. */
function reasonOf(error: unknown): string {
  const { errors, message, code } = error as AggregateError & { code?: string };
  const first: unknown = errors?.[0];
  if (message === '' && first instanceof Error) return first.message;
  return message || code || 'it does not answer';
}

/** On a connection of its own: a migration of much data may take its time. */
async function migrateAt(url: string, migrations: readonly Migration[]): Promise<void> {
  const client = await connectTo(url);
  try {
    await migrate(client, migrations);
  } finally {
    await client.end();
  }
}

/** A PostgreSQL that is away comes back. */
const never = new AbortController().signal;

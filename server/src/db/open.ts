import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { settleRestore } from '../backup/embedded-backup.js';
import { ChangeLog } from '../changes/changes.js';
import { ConfigError } from '../config.js';
import type { Database, Queryable, Statement } from './database.js';
import { DatabaseClock } from './database-clock.js';
import { type Embedded, openEmbedded } from './embedded.js';
import { PrismaClient } from './generated/client.js';
import { LocalWakeups } from './local-wakeups.js';
import { migrate, readMigrations } from './migrate.js';
import { PostgresWakeups } from './postgres-wakeups.js';
import { connectMs, connectTo, refuseStrange, settle } from './session.js';
import { troubleOf } from './trouble.js';
import { types } from './types.js';

/** How long PostgreSQL may take to answer a statement, ms: a dead network never does. */
const answerMs = 30_000;
/** A connection unused for so long is closed, ms: a new one costs a sign-in, and the plans of all statements once more. */
const idleMs = 600_000;
const migrationsDirectory = fileURLToPath(new URL('../../../prisma/migrations', import.meta.url));

export interface DatabaseOptions {
  /** A PostgreSQL of the user's; without it the embedded one is opened. */
  url?: string | undefined;
  /** Where the embedded database lives; null keeps it in memory. */
  dataDir: string | null;
  /** Connections to the user's PostgreSQL, besides the one for wake-ups. */
  poolSize?: number;
  /** How long it may take to answer a statement, ms; a connection that does not is given up. Default 30,000. */
  answerMs?: number;
  /** Waits for a PostgreSQL that is away, and is told of it: at first, whenever the reason is another one, and now and then. */
  onWait?: (sentence: string) => void;
}

/**
 * Opens the database and brings its schema up to date. Throws, with a sentence that says what to check, when it cannot be used, or
 * cannot be reached and `onWait` is not given.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  return options.url ? openPostgres(options.url, options) : openInProcess(options.dataDir);
}

/** The migrations that this server has, in order. */
export const ownMigrations = () => readMigrations(migrationsDirectory);

async function openInProcess(dataDir: string | null): Promise<Database> {
  if (dataDir !== null) settleRestore(dataDir);
  const embedded = await openEmbedded(dataDir === null ? null : join(dataDir, 'postgres'));
  try {
    const client = await embedded.pool.connect();
    try {
      await migrate(client, ownMigrations());
    } finally {
      client.release();
    }
    // Its clock is this process's own.
    return assemble('embedded', embedded, new LocalWakeups(), Date, () => embedded.close());
  } catch (error) {
    await embedded.close();
    throw error;
  }
}

async function openPostgres(url: string, options: DatabaseOptions): Promise<Database> {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.poolSize ?? 20,
    types,
    keepAlive: true,
    keepAliveInitialDelayMillis: connectMs,
    connectionTimeoutMillis: connectMs,
    idleTimeoutMillis: idleMs,
    query_timeout: options.answerMs ?? answerMs,
    onConnect: settle,
  });
  // A connection that breaks while idle is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => undefined);
  try {
    const { clock, wakeups } = await whenThere(async () => {
      await refuseStrange(url);
      await migrateAt(url);
      const clock = await DatabaseClock.of({ query: (statement, values) => run(pool, statement, values) });
      try {
        return { clock, wakeups: await PostgresWakeups.open(url) };
      } catch (error) {
        await clock.stop();
        throw error;
      }
    }, options.onWait);
    return assemble('postgres', { pool, lost: never }, wakeups, clock, async () => {
      await clock.stop();
      await wakeups.close();
      await pool.end();
    });
  } catch (error) {
    await pool.end();
    if (error instanceof ConfigError) throw error;
    throw new Error(`The database of DATABASE_URL cannot be used: ${reasonOf(error)}.`, { cause: error });
  }
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
async function migrateAt(url: string): Promise<void> {
  const client = await connectTo(url);
  try {
    await migrate(client, ownMigrations());
  } finally {
    await client.end();
  }
}

/** A PostgreSQL that is away comes back. */
const never = new AbortController().signal;

function assemble(
  kind: Database['kind'],
  { pool, lost }: Pick<Embedded, 'pool' | 'lost'>,
  wakeups: Database['wakeups'],
  clock: { now(): number },
  close: () => Promise<void>,
): Database {
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
  const changes = new ChangeLog(wakeups);
  return {
    kind,
    lost,
    prisma,
    wakeups,
    changes,
    now: () => clock.now(),
    query: (statement, values) => run(pool, statement, values),
    transaction: (work) => transaction(pool, work),
    async close() {
      changes.close();
      await prisma.$disconnect();
      await close();
    },
  };
}

async function run<Row>(on: pg.Pool | pg.PoolClient, { name, text }: Statement, values: readonly unknown[]) {
  const { rows } = await on.query<Row & pg.QueryResultRow>({ name, text, values: [...values] });
  return rows as Row[];
}

async function transaction<Result>(pool: pg.Pool, work: (tx: Queryable) => Promise<Result>): Promise<Result> {
  const client = await pool.connect();
  let broken: Error | undefined;
  // Between two statements nobody else hears that the connection broke, and what nobody hears ends the process.
  const onError = (error: Error) => {
    broken = error;
  };
  client.on('error', onError);
  try {
    await client.query('BEGIN');
    const result = await work({ query: (statement, values) => run(client, statement, values) });
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch((failure: Error) => {
      broken = failure;
    });
    throw error;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}

import { PrismaPg } from '@prisma/adapter-pg';
import type pg from 'pg';
import { ChangeLog } from '../changes/changes.js';
import type { Database, Queryable, Statement } from './database.js';
import type { Embedded } from './embedded.js';
import { PrismaClient } from './generated/client.js';

/** What a Database is made of. */
interface Parts extends Pick<Embedded, 'pool' | 'lost'>, Pick<Database, 'kind' | 'wakeups' | 'now'> {
  /** Whether statements are prepared under their names; those of a shared connection are not. Default true. */
  prepares?: boolean;
  /** Ends what it was made of. */
  close: () => Promise<void>;
}

export function assemble({ kind, pool, lost, wakeups, now, prepares = true, close }: Parts): Database {
  const run: Run = async (on, { name, text }, values) =>
    (await on.query({ ...(prepares && { name }), text, values: [...values] })).rows;
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
  const changes = new ChangeLog(wakeups);
  return {
    kind,
    lost,
    prisma,
    wakeups,
    changes,
    now,
    query: (statement, values) => run(pool, statement, values),
    connections: () => ({ open: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    transaction: (work) => transaction(pool, run, work),
    async close() {
      changes.close();
      await prisma.$disconnect();
      await close();
    },
  };
}

type Run = <Row>(
  on: pg.Pool | pg.PoolClient,
  statement: Statement,
  values: readonly unknown[],
) => Promise<Row[]>;

async function transaction<Result>(
  pool: pg.Pool,
  run: Run,
  work: (tx: Queryable) => Promise<Result>,
): Promise<Result> {
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

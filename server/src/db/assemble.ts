import { PrismaPg } from '@prisma/adapter-pg';
import type pg from 'pg';
import { ChangeLog } from '../changes/changes.js';
import { workUntil } from './ask.js';
import type { Database, Queryable, Statement } from './database.js';
import type { Embedded } from './embedded.js';
import { PrismaClient } from './generated/client.js';
import { planForValues } from './plan-once.js';

/** What a Database is made of. */
interface Parts extends Pick<Embedded, 'pool' | 'lost'>, Pick<Database, 'kind' | 'wakeups' | 'now'> {
  /** Whether statements are prepared under their names; those of a shared connection are not. Default true. */
  prepares?: boolean;
  /** For operators; without it they have the pool of all. */
  operators?: pg.Pool;
  /** See Database; undefined without it. */
  mostConnections?: number;
  /** For what is asked; without it there is one connection for everything. */
  reads?: pg.Pool;
  /** How long what is asked may take, where its connection cannot be told, ms. */
  askMs?: number;
  /** Ends what it was made of. */
  close: () => Promise<void>;
}

export function assemble({
  kind,
  pool,
  lost,
  wakeups,
  now,
  prepares = true,
  operators = pool,
  mostConnections,
  reads,
  askMs,
  close,
}: Parts): Database {
  const run: Run = async (on, { name, text, mostMs }, values) => {
    // Of `pg`, though its types do not know it.
    const patience = mostMs === undefined ? {} : { query_timeout: mostMs };
    return (await on.query({ ...(prepares && { name }), text, values: [...values], ...patience })).rows;
  };
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
    operate: (statement, values) => run(operators, statement, values),
    mostConnections,
    readers: reads?.options.max ?? 1,
    workers: pool.options.max,
    ask(statement, values, over) {
      if (!reads) {
        return transaction(pool, run, async (tx) => {
          over?.throwIfAborted();
          await tx.query(planEach, planSettings.flat());
          return tx.query(statement, values);
        });
      }
      const ends = [...(over ? [over] : []), ...(askMs ? [AbortSignal.timeout(askMs)] : [])];
      if (ends.length === 0) return run(reads, statement, values);
      return workUntil(reads, AbortSignal.any(ends), (client) => run(client, statement, values));
    },
    connections: () => {
      const pools = reads ? [pool, reads] : [pool];
      const sum = (pick: (one: pg.Pool) => number) => pools.reduce((total, one) => total + pick(one), 0);
      return {
        open: sum((one) => one.totalCount),
        idle: sum((one) => one.idleCount),
        waiting: sum((one) => one.waitingCount),
      };
    },
    transaction: (work) => transaction(pool, run, work),
    async close() {
      changes.close();
      await prisma.$disconnect();
      await close();
    },
  };
}

const planSettings = Object.entries(planForValues);
/** For the rest of a transaction. */
const planEach: Statement = {
  name: 'plan-for-values',
  text: `SELECT ${planSettings.map((_, index) => `set_config($${2 * index + 1}, $${2 * index + 2}, true)`).join(', ')}`,
};

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

import pg from 'pg';
import { cancel } from './cancel.js';

/**
 * Works on a connection of the pool until that is done or `over` aborts: what PostgreSQL is at is cancelled then, so that nothing
 * works on for nobody, and the connection is good for the next. Throws the reason of `over` where nothing was begun.
 */
export async function workUntil<Result>(
  pool: pg.Pool,
  over: AbortSignal,
  work: (client: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  over.throwIfAborted();
  const client = await pool.connect();
  let broken: Error | undefined;
  // What nobody hears ends the process.
  const onError = (error: Error) => {
    broken = error;
  };
  let cancelled: Promise<void> | undefined;
  const end = () => {
    cancelled = cancel(client);
  };
  client.on('error', onError);
  try {
    over.throwIfAborted();
    over.addEventListener('abort', end, { once: true });
    return await work(client);
  } catch (error) {
    // PostgreSQL says why it ended a statement; any other connection may be broken, or in the middle of something.
    if (!over.aborted && !(error instanceof pg.DatabaseError)) broken = error as Error;
    throw error;
  } finally {
    over.removeEventListener('abort', end);
    // One that comes late must not meet the next statement.
    await cancelled;
    client.off('error', onError);
    client.release(broken);
  }
}

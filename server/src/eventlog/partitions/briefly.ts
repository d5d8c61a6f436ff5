import { setTimeout as delay } from 'node:timers/promises';
import type { Database, Queryable } from '../../db/database.js';
import { sqlStateOf } from '../../db/sql-state.js';
import { takeTurn, waitBriefly } from './sql.js';

/** How often a lock is asked for, and the pause between two times, ms. */
const tries = 5;
const pauseMs = 500;

/** SQLSTATE: a lock that was not to be had in time, a deadlock. */
const notNow = new Set(['55P03', '40P01']);

/**
 * Does a short work on the partitions in a transaction, if no other server does and the locks are to be had within a moment.
 * @returns whether it was done; else it is tried again another time
 */
export async function sayBriefly(
  database: Pick<Database, 'transaction'>,
  signal: AbortSignal,
  work: (tx: Queryable) => Promise<void>,
): Promise<boolean> {
  for (let left = tries; left > 0 && !signal.aborted; left -= 1) {
    try {
      return await database.transaction(async (tx) => {
        const [turn] = await tx.query<{ mine: boolean }>(takeTurn, []);
        if (!turn?.mine) return false;
        await tx.query(waitBriefly, []);
        await work(tx);
        return true;
      });
    } catch (error) {
      if (!(error instanceof Error) || !notNow.has(sqlStateOf(error))) throw error;
    }
    await delay(pauseMs, undefined, { signal }).catch(() => undefined);
  }
  return false;
}

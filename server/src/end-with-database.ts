import { setTimeout as delay } from 'node:timers/promises';
import type { EmbeddedEnded } from './db/embedded.js';
import type { RunningServer } from './server.js';

/** How long answers that are under way may take to say that there is no database, ms. */
const answersMs = 2_000;

/** A server without its database is of no use: it says why, answers who still waits, and ends with 1. */
export function endWithDatabase({ database, close }: RunningServer): void {
  database.lost.addEventListener('abort', async () => {
    const { message, mend } = database.lost.reason as EmbeddedEnded;
    console.error(`${message}. AgentFleet ends with it. ${mend}`);
    await Promise.race([close(), delay(answersMs)]);
    process.exit(1);
  });
}

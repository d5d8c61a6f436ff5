import { fork } from 'node:child_process';
import { join } from 'node:path';
import { end } from '../../../runner-core/e2e/fleet.js';
import type { Api } from '../api.js';

/** What a process of viewers is told first. */
export interface Watch {
  url: string;
  key: string;
  runIds: string[];
  /** How many viewers, who take the runs in turns. */
  count: number;
}

/** What it says in the end. */
export interface Seen {
  /** For each event that a viewer saw, by run: its seq, and when it was seen (clock.ts). */
  byRun: [seq: number, at: number][][];
  /** Viewers that saw an event twice, or one before its turn. */
  disordered: number;
  /** The longest that their process stood still, ms. */
  stoodStillMs: number;
}

export interface Viewers {
  /** Waits until each viewer has seen the log of its run up to here, or for 10 s; then ends them. */
  finish(lastSeqs: number[]): Promise<Seen>;
}

/** Viewers in a process of their own, so that neither they nor the runners wait for one another. */
export async function startViewers(api: Api, runIds: string[], count: number): Promise<Viewers> {
  const child = fork(join(import.meta.dirname, 'viewers.js'));
  const answer = <Message>() =>
    new Promise<Message>((resolve, reject) => {
      const ended = () => reject(new Error('The viewers ended early'));
      child.once('exit', ended);
      child.once('message', (message) => {
        child.off('exit', ended);
        resolve(message as Message);
      });
    });
  const watch: Watch = { url: api.url, key: api.key, runIds, count };
  child.send(watch);
  await answer();
  return {
    async finish(lastSeqs) {
      child.send(lastSeqs);
      const seen = await answer<Seen>();
      await end(child, 'SIGTERM');
      return seen;
    },
  };
}

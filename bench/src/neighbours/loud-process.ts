import { fork } from 'node:child_process';
import { join } from 'node:path';
import { end } from '../../../runner-core/e2e/fleet.js';

/** What an org floods its server with. */
export interface Flood {
  url: string;
  key: string;
  /** Sessions that run, and events that all of them say in a second. */
  sessions: number;
  eventsPerSec: number;
  /** Searches that are always under way, and launches. */
  searches: number;
  launches: number;
}

/** What became of it: requests by what they were for, and those of them that were refused. */
export interface Flooded {
  events: number;
  appends: number;
  searches: number;
  launches: number;
  refused: number;
}

export interface Loud {
  /** Ends it. @returns what it has done since it began */
  finish(): Promise<Flooded>;
}

/** A loud org in a process of its own, so that who measures does not wait for it. It goes on until it is finished. */
export async function startLoud(flood: Flood): Promise<Loud> {
  const child = fork(join(import.meta.dirname, 'loud.js'));
  const answer = <Message>() =>
    new Promise<Message>((resolve, reject) => {
      const ended = () => reject(new Error('The loud org ended early'));
      child.once('exit', ended);
      child.once('message', (message) => {
        child.off('exit', ended);
        resolve(message as Message);
      });
    });
  child.send(flood);
  await answer();
  return {
    async finish() {
      child.send('finish');
      const flooded = await answer<Flooded>();
      await end(child, 'SIGTERM');
      return flooded;
    },
  };
}

import { maxPartialChars, partialPlace } from '@agentfleet/contract';
import * as z from 'zod';
import { hearMessages } from '../db/hear-messages.js';
import type { Wakeups } from '../db/wakeups.js';
import type { LiveText, Piece } from './live-texts.js';

/** What one NOTIFY carries, characters: at six bytes each, as JSON may spell them, it is below PostgreSQL's limit. */
const pieceChars = 1_150;

const Words = z.union([
  z.object({ run: z.string(), attempt: z.int(), ...partialPlace, text: z.string() }),
  /** Somebody watches the run at the server that asks, and this is what it has. */
  z.object({ run: z.string(), watching: z.object({ attempt: z.int(), block: z.int(), have: z.int() }) }),
]);

/** What a server has of a run's text; zeros for nothing. */
export interface Have {
  attempt: number;
  block: number;
  have: number;
}

export interface GossipListener {
  piece(runId: string, piece: Piece): void;
  /** Another server has viewers of the run. */
  watching(runId: string, has: Have): void;
}

/** The words in which server processes on one database pass on what is being produced. */
export class Gossip {
  readonly #wakeups: Wakeups;
  readonly stop: () => void;

  constructor(wakeups: Wakeups, listener: GossipListener) {
    this.#wakeups = wakeups;
    this.stop = hearMessages(wakeups, Words, (heard) => {
      if ('watching' in heard) return listener.watching(heard.run, heard.watching);
      const { run, ...piece } = heard;
      listener.piece(run, piece);
    });
  }

  /** Says a text from a place on, in as many pieces as it takes. */
  say(run: string, { grownAt: _grownAt, text, ...place }: LiveText, from: number): void {
    for (let offset = from; offset < Math.min(text.length, maxPartialChars); offset += pieceChars) {
      const words = { run, ...place, offset, text: text.slice(offset, offset + pieceChars) };
      this.#wakeups.say(JSON.stringify(words));
    }
  }

  sayWatching(run: string, watching: Have): void {
    this.#wakeups.say(JSON.stringify({ run, watching }));
  }
}

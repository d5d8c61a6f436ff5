import { Inquiry, InquiryAnswer } from '@agentfleet/contract';
import * as z from 'zod';
import { hearMessages, jsonOf } from '../db/hear-messages.js';
import type { Wakeups } from '../db/wakeups.js';

/** Of an answer in one NOTIFY, characters: at three bytes each it is below what one may carry. */
const pieceChars = 2_200;
/** Most pieces of one answer, and most answers of which a part is here. */
const mostPieces = 200;
const mostPartial = 100;

const Words = z.union([
  z.object({ runner: z.string(), inquiry: Inquiry }),
  z.object({ runner: z.string(), unable: z.uuid() }),
  z.object({
    runner: z.string(),
    answered: z.uuid(),
    piece: z.int().nonnegative(),
    of: z.int().positive().max(mostPieces),
    text: z.string(),
  }),
]);

export interface GossipListener {
  /** Another server asks the runner. */
  asked(runner: string, inquiry: Inquiry): void;
  /** The runner, at another server, knows nothing of such inquiries. */
  unable(runner: string, id: string): void;
  answered(runner: string, id: string, answer: InquiryAnswer): void;
}

/** The words in which server processes on one database pass on inquiries and answers. Any of it may be lost: whoever asked then waits in vain. */
export class Gossip {
  readonly #wakeups: Wakeups;
  readonly #listener: GossipListener;
  /** Of answers that have not arrived whole. */
  readonly #pieces = new Map<string, string[]>();
  readonly stop: () => void;

  constructor(wakeups: Wakeups, listener: GossipListener) {
    this.#wakeups = wakeups;
    this.#listener = listener;
    this.stop = hearMessages(wakeups, Words, (heard) => this.#hear(heard));
  }

  sayAsked(runner: string, inquiry: Inquiry): void {
    this.#wakeups.say(JSON.stringify({ runner, inquiry }));
  }

  sayUnable(runner: string, unable: string): void {
    this.#wakeups.say(JSON.stringify({ runner, unable }));
  }

  sayAnswered(runner: string, answered: string, answer: InquiryAnswer): void {
    const text = JSON.stringify(answer);
    const of = Math.ceil(text.length / pieceChars);
    for (let piece = 0; piece < of; piece += 1) {
      const part = text.slice(piece * pieceChars, (piece + 1) * pieceChars);
      this.#wakeups.say(JSON.stringify({ runner, answered, piece, of, text: part }));
    }
  }

  #hear(heard: z.infer<typeof Words>): void {
    const { runner } = heard;
    if ('inquiry' in heard) this.#listener.asked(runner, heard.inquiry);
    else if ('unable' in heard) this.#listener.unable(runner, heard.unable);
    else {
      const answer = this.#whole(heard);
      if (answer) this.#listener.answered(runner, heard.answered, answer);
    }
  }

  /** The pieces of one answer come in order: PostgreSQL keeps that of what one connection says. */
  #whole(said: { answered: string; piece: number; of: number; text: string }): InquiryAnswer | undefined {
    const { answered, piece, of, text } = said;
    const pieces = piece === 0 ? [] : this.#pieces.get(answered);
    if (pieces?.length !== piece) return undefined;
    pieces.push(text);
    this.#pieces.delete(answered);
    if (pieces.length === of) return InquiryAnswer.safeParse(jsonOf(pieces.join(''))).data;
    this.#pieces.set(answered, pieces);
    const [oldest] = this.#pieces.keys();
    if (this.#pieces.size > mostPartial && oldest !== undefined) this.#pieces.delete(oldest);
    return undefined;
  }
}

import type { JsonObject } from '@agentfleet/contract';
import { amount, string } from './json.js';
import { OpenTasks } from './open-tasks.js';
import { outcomeFailure } from './outcome.js';

/**
 * What a session is at, as its messages tell. It is in a turn from the prompt on; a `result` ends that, and the next turn
 * begins by itself when a message is queued or something in the background has ended. So a session may give several
 * results, and is over when none of that is left.
 */
export class Turns {
  readonly tasks = new OpenTasks();
  #inTurn = true;
  /** Whether anything was said since the last result. */
  #hasSpoken = false;
  /** How many turns the CLI says are queued behind the one that ended; older ones do not say. */
  #queued = 0;
  #result: JsonObject | null = null;
  #text: string | null = null;
  /** As the results have told it so far. */
  #costUsd = 0;

  /** Whether a turn goes on, or is queued. */
  get inTurn(): boolean {
    return this.#inTurn || this.#queued > 0;
  }

  /** The `result` message of the last turn; null before the first. */
  get result(): JsonObject | null {
    return this.#result;
  }

  /** What the session said in the end: the text of the last turn that has one. */
  get text(): string | null {
    return this.#text;
  }

  /** Takes every message, in order. */
  read(message: JsonObject): void {
    this.tasks.read(message);
    if (message.type === 'result') this.#end(message);
    else if (begins(message)) {
      this.#inTurn = true;
      this.#hasSpoken ||= message.type !== 'system';
    }
  }

  #end(message: JsonObject): void {
    const text = string(message.result);
    const says = text?.trim() ? text : undefined;
    const costUsd = amount(message.total_cost_usd);
    // One in which nothing was said, asked or answered is none, also where an `init` announced it.
    const isTurn = this.#hasSpoken || says !== undefined || amount(message.num_turns) > 0;
    // Of a result that ends no turn nothing counts, unless it brings an answer or tells of more that was spent.
    const counts =
      this.#result === null ||
      (this.#inTurn && isTurn) ||
      costUsd > this.#costUsd ||
      (says !== undefined && outcomeFailure(message) === null);
    this.#inTurn = false;
    this.#hasSpoken = false;
    this.#queued = amount(message.queued_turn_count);
    this.#costUsd = Math.max(this.#costUsd, costUsd);
    if (!counts) return;
    this.#result = message;
    this.#text = says ?? this.#text;
  }
}

/** What only a turn of the session itself brings, not one of its subagents in the background. */
function begins(message: JsonObject): boolean {
  if (message.type === 'system') return message.subtype === 'init';
  return (message.type === 'assistant' || message.type === 'stream_event') && !message.parent_tool_use_id;
}

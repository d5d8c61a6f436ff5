import type { Event, EventKind, JsonObject } from '@agentfleet/contract';
import { contentText, eventText, numberAt, objectAt, textAt } from './payload.js';

/** What a tool answered. */
export interface ToolResult {
  seq: number;
  text: string;
  isError: boolean;
  /** The payload was cut by the runner to keep the log small. */
  truncated: boolean;
}

/** A line of the conversation as it is drawn. `seq` is that of the event it began with. */
export type Item =
  | { type: 'system' | 'assistant' | 'thinking' | 'error'; seq: number; at: string; text: string }
  | {
      type: 'tool';
      seq: number;
      at: string;
      /** e.g. `Bash` */
      name: string;
      /** One readable line, e.g. `Edit src/app.ts` */
      title: string;
      input: JsonObject;
      /** null while the tool runs */
      result: ToolResult | null;
    }
  | {
      type: 'result';
      seq: number;
      at: string;
      text: string;
      isError: boolean;
      costUsd: number | undefined;
      turns: number | undefined;
      durationMs: number | undefined;
    };

type ToolItem = Extract<Item, { type: 'tool' }>;

/**
 * The log of a run as a conversation: each tool's result is joined to its call. It grows in place, so that
 * 100,000 events cost one pass; items are replaced, never changed, so that a drawn one may be compared by
 * identity.
 */
export class Conversation {
  readonly items: Item[] = [];
  readonly #openCalls = new Map<string, number>();
  #lastSeq = 0;

  /** seq of the newest event in it; 0 while it is empty. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** @param events in order; the ones that are in it already are passed over */
  append(events: readonly Event[]): void {
    for (const event of events) {
      if (event.seq <= this.#lastSeq) continue;
      this.#lastSeq = event.seq;
      this.#add(event);
    }
  }

  #add(event: Event): void {
    if (event.kind === 'tool_use') this.#openCall(event);
    else if (event.kind === 'tool_result') this.#closeCall(event);
    else this.items.push(plainItem(event, event.kind));
  }

  #openCall(event: Event): void {
    const id = textAt(event.data, 'id', 'toolUseId', 'tool_use_id');
    if (id) this.#openCalls.set(id, this.items.length);
    this.items.push({
      type: 'tool',
      seq: event.seq,
      at: event.at,
      name: textAt(event.data, 'name', 'tool') ?? event.message.split(' ')[0] ?? 'Tool',
      title: event.message,
      input: objectAt(event.data, 'input') ?? {},
      result: null,
    });
  }

  #closeCall(event: Event): void {
    const id = textAt(event.data, 'tool_use_id', 'toolUseId');
    const index = id === undefined ? undefined : this.#openCalls.get(id);
    const call = index === undefined ? undefined : this.items[index];
    const result = toolResult(event);
    if (id === undefined || index === undefined || call?.type !== 'tool') {
      this.items.push(orphan(event, result));
      return;
    }
    this.#openCalls.delete(id);
    this.items[index] = { ...call, result };
  }
}

function plainItem(event: Event, kind: Exclude<EventKind, 'tool_use' | 'tool_result'>): Item {
  const { seq, at, data } = event;
  if (kind !== 'result') {
    const text = kind === 'assistant' || kind === 'thinking' ? eventText(event) : event.message;
    return { type: kind, seq, at, text };
  }
  return {
    type: 'result',
    seq,
    at,
    text: textAt(data, 'result') ?? event.message,
    isError: data?.is_error === true || data?.isError === true,
    costUsd: numberAt(data, 'total_cost_usd', 'costUsd'),
    turns: numberAt(data, 'num_turns', 'numTurns'),
    durationMs: numberAt(data, 'duration_ms', 'durationMs'),
  };
}

function toolResult(event: Event): ToolResult {
  const { seq, data } = event;
  return {
    seq,
    text: contentText(data?.content) ?? textAt(data, 'text', 'output') ?? event.message,
    isError: data?.is_error === true || data?.isError === true,
    truncated: data?.truncated !== undefined && data.truncated !== false,
  };
}

/** A result whose call is not in the log, e.g. because the log begins after it. */
function orphan(event: Event, result: ToolResult): ToolItem {
  const { seq, at } = event;
  return { type: 'tool', seq, at, name: 'Tool', title: 'Result of an earlier call', input: {}, result };
}

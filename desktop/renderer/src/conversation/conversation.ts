import { type Event, endsPartial, type PartialText } from '@agentfleet/contract';
import {
  type AskedPermission,
  callIdOf,
  callItem,
  type Item,
  orphanItem,
  permissionOf,
  plainItem,
  resultOf,
  type TextItem,
  type ToolItem,
  type ToolResult,
} from './items.js';
import { isProgress } from './notices.js';

/**
 * The log of a run as a conversation: each tool's result is joined to its call, and the text that is being produced
 * stands at its end. It is loaded from its end and grows at both sides; items are replaced, never changed, so that a
 * drawn one may be compared by identity.
 *
 * A result whose call is further up than what is loaded is kept until that comes, so that nothing that was shown is
 * taken away again.
 */
export class Conversation {
  /** In order of seq. A new array when something was put before its beginning. */
  items: Item[] = [];
  #live: TextItem | null = null;
  #liveText: PartialText | null = null;
  /** Calls without a result: their ids, and the seqs of their items. */
  readonly #openCalls = new Map<string, number>();
  /** Results without a call, by its id. */
  readonly #openResults = new Map<string, ToolResult>();
  /** Permissions of calls that were given back, by the call's id. */
  readonly #openAsked = new Map<string, AskedPermission>();
  #firstSeq = 1;
  #lastSeq = 0;
  /** seq of the newest event that ends a text. */
  #lastEnd = 0;
  #lastAsked = 0;

  /** seq of the oldest event in it; 1 when nothing is missing before it. */
  get firstSeq(): number {
    return this.#firstSeq;
  }

  /** seq of the newest event in it; 0 while it is empty. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** seq of the newest event that speaks of a permission a person is asked for; 0 while there is none. */
  get lastAsked(): number {
    return this.#lastAsked;
  }

  /** The text that is being produced. */
  get live(): TextItem | null {
    return this.#live;
  }

  /** How many items there are, the live one included. */
  get length(): number {
    return this.items.length + (this.#live ? 1 : 0);
  }

  at(index: number): Item | undefined {
    return this.items[index] ?? (index === this.items.length ? (this.#live ?? undefined) : undefined);
  }

  /** @param events in order; the ones that are in it already are passed over */
  append(events: readonly Event[]): void {
    for (const event of events) {
      if (event.seq <= this.#lastSeq) continue;
      if (this.#lastSeq === 0) this.#firstSeq = event.seq;
      this.#lastSeq = event.seq;
      this.#add(event, this.items);
      if (event.data?.type === 'approval') this.#lastAsked = event.seq;
      if (endsPartial({ afterSeq: 0 }, event)) this.#lastEnd = event.seq;
    }
  }

  /** @param events in order, the last one right before `firstSeq` */
  prepend(events: readonly Event[]): void {
    const [first] = events;
    if (!first || first.seq >= this.#firstSeq) return;
    const earlier: Item[] = [];
    for (const event of events) if (event.seq < this.#firstSeq) this.#add(event, earlier);
    this.#firstSeq = first.seq;
    const [next] = this.items;
    const across = next && joined(earlier.at(-1), next);
    this.items = across
      ? [...earlier.slice(0, -1), across, ...this.items.slice(1)]
      : [...earlier, ...this.items];
    if (first.seq === 1) this.#showOrphans();
  }

  /**
   * Forgets its beginning, which may be read again.
   * @param count how many items
   * @returns those
   */
  giveBack(count: number): Item[] {
    const given = this.items.slice(0, count);
    const [first] = this.items.slice(count);
    if (!first || given.length === 0) return [];
    this.items = this.items.slice(count);
    this.#firstSeq = first.seq;
    for (const item of given) {
      if (item.type !== 'tool' || item.callId === undefined) continue;
      const { callId, result, asked } = item;
      this.#openCalls.delete(callId);
      // They stand in what stays, and are not read again with their call.
      if (result && result.seq > first.seq) this.#openResults.set(callId, result);
      if (asked && asked.seq > first.seq) this.#openAsked.set(callId, asked);
    }
    return given;
  }

  /** The next piece of the text that is being produced; one of a text that is in the log already is passed over. */
  produce(piece: PartialText): void {
    if (this.#lastEnd > piece.afterSeq) return;
    const same = this.#liveText?.block === piece.block && this.#liveText.afterSeq === piece.afterSeq;
    const before = same ? (this.#live?.text ?? '') : '';
    // A gap is closed by the next connection, or by the event.
    if (piece.offset > before.length) return;
    this.#liveText = piece;
    this.#live = {
      type: piece.kind,
      seq: this.#lastSeq + 1,
      key: same && this.#live ? this.#live.key : `live-${piece.afterSeq}-${piece.block}`,
      at: new Date().toISOString(),
      nested: false,
      text: before.slice(0, piece.offset) + piece.text,
      live: true,
    };
  }

  /** The run ended: whatever was being produced is given up. */
  end(): void {
    this.#live = null;
    this.#liveText = null;
  }

  /** Where the item of an event is: the one that begins with it, else the last one that begins before it. */
  indexOf(seq: number): number {
    let [low, high] = [0, this.items.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.items[middle]?.seq ?? 0) <= seq) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** An event that cannot be read, of whomever's fault, is a line that says so: the others go on. */
  #add(event: Event, items: Item[]): void {
    try {
      this.#read(event, items);
    } catch (error) {
      reportError(error);
      const { seq, kind, at, message } = event;
      const text = `This event (${kind}) could not be read: ${String(error)}\n${message}`;
      items.push({ type: 'error', seq, key: String(seq), at, nested: false, text });
    }
  }

  #read(event: Event, items: Item[]): void {
    if (event.kind === 'tool_use') this.#openCall(event, items);
    else if (event.kind === 'tool_result') this.#closeCall(event, items);
    else if (!isProgress(event) && !this.#notePermission(event, items)) {
      const item = plainItem(event);
      const again = joined(items.at(-1), item);
      if (again) items[items.length - 1] = again;
      else items.push(this.#inPlaceOfLive(item, event));
    }
    if (this.#liveText && endsPartial(this.#liveText, event)) this.end();
  }

  /** The whole text takes the place of what was seen of it, and is drawn where that was. */
  #inPlaceOfLive(item: Exclude<Item, ToolItem>, event: Event): Item {
    const live = this.#live;
    if (!live || !this.#liveText || live.type !== item.type || !endsPartial(this.#liveText, event))
      return item;
    return { ...item, key: live.key };
  }

  #openCall(event: Event, items: Item[]): void {
    const id = callIdOf(event);
    if (id === undefined) {
      items.push(callItem(event));
      return;
    }
    const result = this.#openResults.get(id) ?? null;
    const asked = this.#openAsked.get(id);
    this.#openResults.delete(id);
    this.#openAsked.delete(id);
    if (!result) this.#openCalls.set(id, event.seq);
    items.push({ ...callItem(event), result, ...(asked && { asked }) });
  }

  #closeCall(event: Event, items: Item[]): void {
    const id = callIdOf(event);
    const seq = id === undefined ? undefined : this.#openCalls.get(id);
    if (id !== undefined && seq !== undefined) {
      this.#openCalls.delete(id);
      this.#replace(items, seq, (call) => ({ ...call, result: resultOf(event) }));
    } else if (id !== undefined && this.#mayBeAbove(items)) {
      this.#openResults.set(id, resultOf(event));
    } else items.push(orphanItem(resultOf(event)));
  }

  /** It stands in the card of its call. @returns false where that is not near: then it is a line of its own */
  #notePermission(event: Event, items: Item[]): boolean {
    const permission = permissionOf(event);
    if (!permission) return false;
    const { callId, asked } = permission;
    const first = Math.max(0, items.length - nearCalls);
    for (let index = items.length - 1; index >= first; index -= 1) {
      const item = items[index];
      if (item?.type !== 'tool' || item.callId !== callId) continue;
      // What came of it may be known from further down.
      if ((item.asked?.seq ?? 0) < asked.seq) items[index] = { ...item, asked };
      return true;
    }
    return false;
  }

  /** Whether there is a part of the log, not loaded yet, in which a call may stand. */
  #mayBeAbove(items: readonly Item[]): boolean {
    return items === this.items ? this.#firstSeq > 1 : true;
  }

  #replace(items: Item[], seq: number, change: (call: ToolItem) => ToolItem): void {
    const index = items === this.items ? this.indexOf(seq) : items.findLastIndex((item) => item.seq === seq);
    const call = items[index];
    if (call?.type === 'tool' && call.seq === seq) items[index] = change(call);
  }

  /** The whole log is here: what has no call in it has none. */
  #showOrphans(): void {
    if (this.#openResults.size === 0) return;
    const orphans = [...this.#openResults.values()].map(orphanItem);
    this.#openResults.clear();
    this.items = [...this.items, ...orphans].sort((one, other) => one.seq - other.seq);
  }
}

/** Items from the end among which the call of a permission is looked for: others may be called meanwhile. */
const nearCalls = 400;

/** Ten retries are one line, that says what the last one did; undefined where two lines are not of a kind. */
function joined(before: Item | undefined, next: Item): Item | undefined {
  if (before?.type !== 'system' || next.type !== 'system' || before.nested !== next.nested) return undefined;
  if (!before.notice || before.notice.about !== next.notice?.about) return undefined;
  if (next.notice.about !== 'retry' && before.text !== next.text) return undefined;
  return { ...next, seq: before.seq, key: before.key, times: (before.times ?? 1) + (next.times ?? 1) };
}

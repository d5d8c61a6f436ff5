import type { Event } from '@agentfleet/contract';
import { type FollowEnd, type Transport, TransportError } from '../transport/transport.js';
import { Conversation } from './conversation.js';
import { changesIn, type FileChange, mayChange } from './file-changes.js';
import { TaskList } from './task-list.js';
import { taskTools } from './tasks.js';

/** Events that are read first, from the end: more than a screen shows. */
const firstPage = 200;
/** Events that are read at a time as one scrolls up, and when all are wanted. */
const nextPage = 500;
const largePage = 1_000;
/** With more items than that, of a log whose end is followed, only as many as are kept stay: a session may go on for days. */
const mostItems = 3_000;
const keptItems = 2_000;
/** How often it is drawn while all of it is read, ms: each drawing measures everything anew. */
const betweenDrawings = 300;

/** What of the log is known, besides the conversation. */
export interface LogState {
  /** Its end is there to be shown. */
  isOpen: boolean;
  /** Earlier events are being read. */
  isLoading: boolean;
  /** Why the newest reading failed; null once one succeeded. */
  error: TransportError | null;
  /** How following it ended. */
  end: FollowEnd | null;
}

/**
 * A run's log as a view of it needs it: its end first, then what is appended and what is being produced, and what
 * came before as it is asked for. Listeners are told at most once a frame.
 */
export class SessionLog {
  readonly conversation = new Conversation();
  readonly taskList = new TaskList();
  /** What was changed in files by what is not in the conversation any more, in the order in which it was given back. */
  readonly changesGivenBack: FileChange[] = [];
  readonly #transport: Transport;
  readonly #runId: string;
  readonly #listeners = new Set<() => void>();
  readonly #onEnd: () => void;
  #state: LogState = { isOpen: false, isLoading: false, error: null, end: null };
  #loading: Promise<void> | undefined;
  /** The page that will be wanted next, asked for while the one before it is taken up. */
  #ahead: { before: number; page: Promise<Event[]> } | undefined;
  #stopFollowing: (() => void) | undefined;
  #frame = 0;
  /** Readings of more than a page that are under way. */
  #bulk = 0;
  #late: ReturnType<typeof setTimeout> | undefined;
  #version = 0;
  #stopped = true;
  /** Counts the starts: what an earlier one still waits for is not its any more. */
  #starts = 0;
  readonly #settledAt: number | undefined;
  readonly #mayGiveBack: () => boolean;

  /**
   * @param mayGiveBack whether nobody looks at the beginning of what is there
   * @param onEnd called when there is nothing more to follow
   * @param settledAt seq of the last event of a run that is over: with that there is nothing to follow
   */
  constructor(
    transport: Transport,
    runId: string,
    mayGiveBack: () => boolean,
    onEnd: () => void,
    settledAt?: number,
  ) {
    this.#transport = transport;
    this.#runId = runId;
    this.#mayGiveBack = mayGiveBack;
    this.#onEnd = onEnd;
    this.#settledAt = settledAt;
  }

  /** Whether it was opened, or is being opened. */
  get isStarted(): boolean {
    return !this.#stopped;
  }

  get state(): LogState {
    return this.#state;
  }

  /** Another number whenever something is to be drawn. */
  readonly version = (): number => this.#version;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Opens it, and follows it until `stop`. */
  start(): void {
    this.#stopped = false;
    this.#starts += 1;
    void this.#open(this.#starts);
  }

  stop(): void {
    this.#stopped = true;
    this.#stopFollowing?.();
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#late);
    this.#frame = 0;
    this.#late = undefined;
  }

  /** One page before what is there; while one is being read it is that one. Never rejects. */
  loadEarlier(limit = nextPage): Promise<void> {
    if (this.conversation.firstSeq <= 1 || !this.#state.isOpen) return Promise.resolve();
    this.#loading ??= this.#readEarlier(limit).finally(() => {
      this.#loading = undefined;
      this.#set({ isLoading: false });
    });
    return this.#loading;
  }

  /**
   * Reads until the event is there, in the order from new to old.
   * @param seq 1 for everything
   * @param onProgress the share that is there, from 0 to 1; told every few hundredths
   * @returns false when it was broken off, by a failure or `signal`
   */
  async loadTo(seq: number, onProgress?: (share: number) => void, signal?: AbortSignal): Promise<boolean> {
    const { conversation } = this;
    this.#bulk += 1;
    let told = 0;
    try {
      while (conversation.firstSeq > Math.max(1, seq)) {
        const before = conversation.firstSeq;
        await this.loadEarlier(largePage);
        if (signal?.aborted || this.#stopped || conversation.firstSeq === before) return false;
        const share = (conversation.lastSeq - conversation.firstSeq) / conversation.lastSeq;
        if (share - told < 0.05) continue;
        told = share;
        onProgress?.(share);
      }
      return true;
    } finally {
      this.#bulk -= 1;
      if (this.#bulk === 0) this.#ahead = undefined;
      this.#draw();
    }
  }

  /** The events behind an item, as they are stored. Rejects with a TransportError. */
  async rawEvents(seqs: readonly number[]): Promise<Event[]> {
    const read = (seq: number) => this.#transport.readEvents(this.#runId, { after: seq - 1, limit: 1 });
    return (await Promise.all(seqs.map(read))).flat();
  }

  /** A page of the log as it is stored, without a trace here. Rejects with a TransportError. */
  rawPage(after: number): Promise<Event[]> {
    return this.#transport.readEvents(this.#runId, { after, limit: largePage });
  }

  async #open(start: number): Promise<void> {
    const { conversation } = this;
    const isOver = () => this.#stopped || start !== this.#starts;
    try {
      if (!this.#state.isOpen) {
        const page = await this.#read(Number.MAX_SAFE_INTEGER, firstPage);
        if (isOver()) return;
        conversation.append(page);
        this.taskList.append(page);
        if (conversation.firstSeq > 1) void this.#readTasks();
        if (conversation.lastSeq > 0 && conversation.lastSeq === this.#settledAt)
          return this.#set({ isOpen: true, end: { type: 'finished' } });
      }
    } catch (error) {
      if (isOver()) return;
      // Following tries by itself, from wherever it is; what is before is loaded later.
      if (!isTransient(error)) return this.#ended({ type: 'failed', error: asTransportError(error) });
    }
    this.#set({ isOpen: true });
    this.#stopFollowing = this.#transport.followEvents(
      this.#runId,
      conversation.lastSeq,
      (events) => {
        conversation.append(events);
        this.taskList.append(events);
        this.#draw();
      },
      (end) => this.#ended(end),
      (piece) => {
        conversation.produce(piece);
        this.#draw();
      },
    );
  }

  /** What the part of the log that is not loaded says of the tasks: of all its events, those are few. */
  async #readTasks(): Promise<void> {
    const { taskList } = this;
    taskList.state = 'reading';
    const events: Event[] = [];
    try {
      for (let before = Number.MAX_SAFE_INTEGER; ; before = events[0]?.seq ?? 0) {
        const page = await this.#transport.readEvents(this.#runId, {
          before,
          limit: largePage,
          tools: taskTools,
        });
        events.unshift(...page);
        if (page.length < largePage) break;
      }
      taskList.complete(events);
    } catch {
      taskList.state = 'lacking';
    }
    this.#draw();
  }

  #ended(end: FollowEnd): void {
    this.conversation.end();
    this.#set({ end, isOpen: true });
    this.#onEnd();
  }

  async #readEarlier(limit: number): Promise<void> {
    this.#set({ isLoading: true });
    try {
      const { firstSeq } = this.conversation;
      const page = await (this.#ahead?.before === firstSeq ? this.#ahead.page : this.#read(firstSeq, limit));
      this.#readAhead(page[0]?.seq ?? 1, limit);
      if (!this.#stopped) this.conversation.prepend(page);
      this.#set({ error: null });
    } catch (error) {
      this.#ahead = undefined;
      this.#set({ error: asTransportError(error) });
    }
  }

  /** While much is read, the server is not kept waiting. */
  #readAhead(before: number, limit: number): void {
    this.#ahead = undefined;
    if (this.#bulk === 0 || this.#stopped || before <= 1) return;
    const page = this.#read(before, limit);
    // Whoever wants it learns of a failure; when nobody does any more, nobody has to.
    page.catch(() => {});
    this.#ahead = { before, page };
  }

  #read(before: number, limit: number): Promise<Event[]> {
    return this.#transport.readEvents(this.#runId, { before, limit });
  }

  #set(change: Partial<LogState>): void {
    this.#state = { ...this.#state, ...change };
    this.#draw();
  }

  #giveBack(): void {
    const { conversation } = this;
    const { items } = conversation;
    if (items.length <= mostItems || this.#bulk > 0 || this.#loading || !this.#mayGiveBack()) return;
    // What a file was changed by is counted when it is done.
    const waits = items.findIndex(mayChange);
    const count = items.length - keptItems;
    const given = conversation.giveBack(waits < 0 ? count : Math.min(count, waits));
    const known = new Set(this.changesGivenBack.map(({ seq }) => seq));
    this.changesGivenBack.push(...changesIn(given).filter(({ seq }) => !known.has(seq)));
  }

  /** What comes within one frame is drawn once. */
  #draw(): void {
    if (this.#stopped) return;
    if (this.#bulk > 0) {
      this.#late ??= setTimeout(() => {
        this.#late = undefined;
        this.#inNextFrame();
      }, betweenDrawings);
    } else this.#inNextFrame();
  }

  #inNextFrame(): void {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      // Here, so that nothing is drawn between that and what is drawn of it.
      this.#giveBack();
      this.#version += 1;
      for (const listener of [...this.#listeners]) listener();
    });
  }
}

const isTransient = (error: unknown) => error instanceof TransportError && error.isTransient;

function asTransportError(error: unknown): TransportError {
  return error instanceof TransportError ? error : new TransportError('INTERNAL', String(error));
}

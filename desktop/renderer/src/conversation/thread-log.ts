import { isFinal, type Run } from '@agentfleet/contract';
import type { Transport } from '../transport/transport.js';
import type { Item } from './items.js';
import { SessionLog } from './session-log.js';

/** Where a line of a thread is: of which run, and the seq of its event. */
export interface Place {
  runId: string;
  seq: number;
}

export const isAt = (place: Place | undefined, runId: string, seq: number) =>
  place !== undefined && place.seq === seq && place.runId === runId;

/** One run of a thread, and its log as far as it is read. */
export interface Section {
  run: Run;
  log: SessionLog;
}

/** What is drawn one below the other: what was asked, what is not read yet, what was said, and how it stands or ended. */
export type Row = { section: Section } & (
  | { type: 'head' | 'tail' }
  | { type: 'unread'; events: number }
  | { type: 'item'; item: Item }
);

/**
 * A thread: the logs of its runs, oldest run first. What goes on is followed; a run that is over is read when somebody
 * comes near to it. Rows are numbered through all of them.
 */
export class ThreadLog {
  sections: readonly Section[] = [];
  /** Whether only its end is looked at: then of what goes on for long only that is kept. */
  isAtEnd = false;
  readonly #transport: Transport;
  readonly #onEnd: (runId: string) => void;
  readonly #listeners = new Set<() => void>();
  /** Runs that are over and that somebody wanted to see. */
  readonly #wanted = new Set<string>();
  readonly #stopListening = new Map<SessionLog, () => void>();
  #isFollowed = false;
  /** Readings of all of it that are under way. */
  #readings = 0;
  #version = 0;
  /** Where the rows of each section begin, and last how many there are: of one drawing, whatever comes meanwhile. */
  #starts: number[] | undefined;

  /** @param onEnd called when a run of it has nothing more to follow */
  constructor(transport: Transport, onEnd: (runId: string) => void) {
    this.#transport = transport;
    this.#onEnd = onEnd;
  }

  /** Another number whenever something is to be drawn. */
  readonly version = (): number => this.#version;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** @param runs oldest first; the ones that are known keep their logs */
  setRuns(runs: readonly Run[]): void {
    const known = new Map(this.sections.map((section) => [section.run.id, section]));
    this.sections = runs.map((run) => {
      const log = known.get(run.id)?.log ?? this.#logOf(run);
      known.delete(run.id);
      return { run, log };
    });
    for (const { log } of known.values()) this.#drop(log);
    this.#starts = undefined;
  }

  /** Follows what goes on, until `stop`; once more after `setRuns`. */
  follow(): void {
    this.#isFollowed = true;
    this.#startWanted();
  }

  stop(): void {
    this.#isFollowed = false;
    for (const { log } of this.sections) if (log.isStarted) log.stop();
  }

  /** Reads a run that is over, from its end. */
  want(runId: string): void {
    if (this.#wanted.has(runId)) return;
    this.#wanted.add(runId);
    if (this.#isFollowed) this.#startWanted();
  }

  section(runId: string): Section | undefined {
    return this.sections.find(({ run }) => run.id === runId);
  }

  get rowCount(): number {
    return this.#layout().at(-1) ?? 0;
  }

  row(index: number): Row | undefined {
    const starts = this.#layout();
    let [low, high] = [0, this.sections.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= index) low = middle;
      else high = middle - 1;
    }
    const section = this.sections[low];
    const start = starts[low] ?? 0;
    return section && rowAt(section, index - start, (starts[low + 1] ?? 0) - start);
  }

  /** Where a line is; of a run that is not read yet, or with seq 0, where the run begins. -1 when it is not of this thread. */
  indexOf({ runId, seq }: Place): number {
    const at = this.sections.findIndex(({ run }) => run.id === runId);
    const section = this.sections[at];
    if (!section) return -1;
    const start = this.#layout()[at] ?? 0;
    const { conversation } = section.log;
    if (seq === 0 || conversation.items.length === 0) return start;
    return start + 1 + Number(unreadOf(section) > 0) + conversation.indexOf(seq);
  }

  /** The row that stands for what is not read yet of a run; undefined where all of it is. */
  unreadRow(section: Section): number | undefined {
    const at = this.sections.indexOf(section);
    return unreadOf(section) > 0 ? (this.#layout()[at] ?? 0) + 1 : undefined;
  }

  /** The item that is `by` items after a place, across the runs that are read; the nearest end where there is none. */
  step(from: Place | undefined, by: number): Place | undefined {
    const places = this.sections.flatMap(({ run, log }) =>
      log.conversation.items.map(({ seq }) => ({ runId: run.id, seq })),
    );
    const at = from
      ? places.findIndex(({ runId, seq }) => isAt(from, runId, seq))
      : places.length - (by < 0 ? 0 : 1);
    return places[Math.min(places.length - 1, Math.max(0, at + by))];
  }

  itemAt({ runId, seq }: Place): Item | undefined {
    const conversation = this.section(runId)?.log.conversation;
    return conversation?.at(conversation.indexOf(seq));
  }

  /** How many items came after a place. */
  itemsAfter({ runId, seq }: Place): number {
    const from = this.sections.findIndex(({ run }) => run.id === runId);
    return this.sections.slice(Math.max(0, from)).reduce((sum, { run, log }) => {
      const { items } = log.conversation;
      if (run.id !== runId) return sum + items.length;
      let newer = 0;
      while (newer < items.length && (items[items.length - 1 - newer]?.seq ?? 0) > seq) newer += 1;
      return sum + newer;
    }, 0);
  }

  /** The newest event that is there. */
  get end(): Place | undefined {
    const section = this.sections.findLast(({ log }) => log.conversation.lastSeq > 0);
    return section && { runId: section.run.id, seq: section.log.conversation.lastSeq };
  }

  /** Reads a run until the event is there. @returns false when that was broken off */
  async loadTo({ runId, seq }: Place, signal?: AbortSignal): Promise<boolean> {
    const section = this.section(runId);
    if (!section) return false;
    this.want(runId);
    return (await opened(section.log, signal)) && section.log.loadTo(seq, undefined, signal);
  }

  /**
   * Reads all of every run, the newest first. @param onProgress the share that is there, from 0 to 1
   * @returns false when it was broken off, by a failure or `signal`
   */
  async loadAll(onProgress?: (share: number) => void, signal?: AbortSignal): Promise<boolean> {
    this.#readings += 1;
    try {
      return await this.#loadAll(onProgress, signal);
    } finally {
      this.#readings -= 1;
    }
  }

  async #loadAll(onProgress?: (share: number) => void, signal?: AbortSignal): Promise<boolean> {
    const all = this.sections.filter(({ run }) => run.status !== 'QUEUED').toReversed();
    const total = Math.max(
      1,
      all.reduce((sum, { run, log }) => sum + lastSeqOf(run, log), 0),
    );
    let before = 0;
    for (const { run, log } of all) {
      const own = lastSeqOf(run, log);
      const tell = (share: number) => onProgress?.((before + share * own) / total);
      this.want(run.id);
      if (!(await opened(log, signal)) || !(await log.loadTo(1, tell, signal))) return false;
      before += own;
    }
    return true;
  }

  #logOf(run: Run): SessionLog {
    const settledAt = isFinal(run.status) ? run.lastSeq : undefined;
    const mayGiveBack = () => this.isAtEnd && this.#readings === 0;
    const log = new SessionLog(this.#transport, run.id, mayGiveBack, () => this.#onEnd(run.id), settledAt);
    this.#stopListening.set(log, log.subscribe(this.#tell));
    return log;
  }

  #drop(log: SessionLog): void {
    if (log.isStarted) log.stop();
    this.#stopListening.get(log)?.();
    this.#stopListening.delete(log);
  }

  /** Of what waits in the queue only the next one is followed: browsers have few connections to one server. */
  #startWanted(): void {
    const next = this.sections.find(({ run }) => run.status === 'QUEUED')?.run.id;
    for (const { run, log } of this.sections) {
      const goesOn = run.id === next || run.status === 'CLAIMED' || run.status === 'RUNNING';
      const isWanted = this.#wanted.has(run.id) && run.status !== 'QUEUED';
      if (!log.isStarted && (goesOn || isWanted)) log.start();
    }
  }

  #layout(): number[] {
    if (!this.#starts) {
      let total = 0;
      this.#starts = this.sections.map((section) => {
        total += rowsOf(section);
        return total - rowsOf(section);
      });
      this.#starts.push(total);
    }
    return this.#starts;
  }

  readonly #tell = (): void => {
    this.#version += 1;
    this.#starts = undefined;
    for (const listener of [...this.#listeners]) listener();
  };
}

/** Events of a run that are not read yet, as far as that is known. */
function unreadOf({ run, log }: Section): number {
  if (log.state.isOpen) return log.conversation.firstSeq - 1;
  return run.eventsPrunedAt === null ? run.lastSeq : 0;
}

/** Head and tail are there always. */
const rowsOf = (section: Section) =>
  2 + Number(unreadOf(section) > 0) + (section.log.state.isOpen ? section.log.conversation.length : 0);

function rowAt(section: Section, at: number, rows: number): Row | undefined {
  if (at === 0) return { type: 'head', section };
  if (at === rows - 1) return { type: 'tail', section };
  const events = unreadOf(section);
  if (events > 0 && at === 1) return { type: 'unread', section, events };
  const item = section.log.conversation.at(at - 1 - Number(events > 0));
  return item && { type: 'item', section, item };
}

const lastSeqOf = (run: Run, log: SessionLog) => Math.max(run.lastSeq, log.conversation.lastSeq);

/** Waits until the end of a log is there. @returns false when it was broken off */
function opened(log: SessionLog, signal?: AbortSignal): Promise<boolean> {
  if (log.state.isOpen) return Promise.resolve(true);
  return new Promise((resolve) => {
    const done = (is: boolean) => {
      stop();
      signal?.removeEventListener('abort', giveUp);
      resolve(is);
    };
    const giveUp = () => done(false);
    const stop = log.subscribe(() => log.state.isOpen && done(true));
    signal?.addEventListener('abort', giveUp);
  });
}

import { createHash } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  fsync,
  ftruncateSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import {
  type ClaimedRun,
  type Event,
  eventDigestInput,
  type Figures,
  FiguresOfProcess,
  type FinishRunInput,
} from '@agentfleet/contract';
import { freePath } from './free-path.js';
import { encodeRecord, hasLine, type OutboxRecord, OutboxRun, readRecords } from './records.js';

const forceFile = promisify(fsync);

/** Most bytes one attempt may take on disk, however long the server is away: 1 GiB. */
const mostOutboxBytes = 1024 ** 3;

export interface OutboxOptions {
  /** ms since 1970; the wall clock by default. */
  now?: () => number;
  /** 1 GiB by default. */
  mostBytes?: number;
  /** Address of the server that the attempts are of. */
  server?: string;
}

/** What an outbox is told about the end of a session. */
export type OutboxEnd = Omit<FinishRunInput, 'token' | 'finishedAt' | 'lastSeq' | 'logChecksum'>;

/**
 * The durable spool of one attempt: what happened is on disk before it goes over the network, and is forgotten
 * when the server has acknowledged the finish. Append-only; each record carries a CRC-32, so that a tail torn by a
 * crash is recognised and cut.
 *
 * When records reach the disk (the fsync policy): each is written at once, which survives the death of the
 * process. They are forced to the disk when a session starts, when it has ended, and before the file is removed:
 * a power cut may lose the last events of a running session, never the fact that it ran nor how it ended. A disk may
 * take long to be forced, so nothing else in the process waits for that.
 */
export class Outbox {
  readonly run: OutboxRun;
  readonly #path: string;
  readonly #file: number;
  readonly #mostBytes: number;
  readonly #now: () => number;
  /** Bytes of whole records: whatever lies behind is torn. */
  #size = 0;
  #started = false;
  #agentSessionId: string | undefined;
  #lastSeq: number;
  /** `at` of the newest event, ms since 1970. */
  #lastAt = 0;
  #acknowledged: number;
  #checksum = 0;
  readonly #process = new FiguresOfProcess();
  #finish: FinishRunInput | undefined;
  #delivered = false;
  #damagedCopy: string | undefined;
  #closed = false;
  /** The last time the disk was told to take what is written; it never rejects. */
  #forced: Promise<unknown> = Promise.resolve();
  readonly #replaced = new Map<number, Event>();
  /** Where the first event after `seq` begins: deliveries read on from there. */
  #cursor: { seq: number; offset: number };

  private constructor(path: string, file: number, run: OutboxRun, options: OutboxOptions) {
    this.#path = path;
    this.#file = file;
    this.#mostBytes = options.mostBytes ?? mostOutboxBytes;
    this.#now = options.now ?? Date.now;
    this.run = run;
    this.#lastSeq = run.lastSeq;
    this.#acknowledged = run.lastSeq;
    this.#cursor = { seq: run.lastSeq, offset: 0 };
  }

  /** Throws when the disk refuses. */
  static create(directory: string, run: ClaimedRun, options: OutboxOptions = {}): Outbox {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const { id, token, attempt, lastSeq } = run;
    const { server } = options;
    // A database that was restored gives out a number again whose log may still be here.
    const path = freePath(join(directory, fileStem(id, attempt)), '.log');
    const known = { id, token, attempt, lastSeq, ...(server !== undefined && { server }) };
    const outbox = new Outbox(path, openSync(path, 'wx+', 0o600), known, options);
    try {
      outbox.#write({ type: 'run', run: outbox.run });
    } catch (error) {
      outbox.remove();
      throw error;
    }
    return outbox;
  }

  /**
   * Opens what another process left and cuts a torn tail. What lies behind a damaged record is cut too, as the log
   * must have no gap; the whole is then kept beside it as `….damaged`. Undefined when the first record is not whole.
   */
  static open(path: string, options: OutboxOptions = {}): Outbox | undefined {
    const file = openSync(path, 'r+');
    const [head] = readRecords(file);
    const run = head?.record.type === 'run' ? OutboxRun.safeParse(head.record.run).data : undefined;
    if (!run) {
      closeSync(file);
      return undefined;
    }
    const outbox = new Outbox(path, file, run, options);
    for (const { record, end } of readRecords(file)) {
      outbox.#remember(record);
      outbox.#size = end;
    }
    if (hasLine(file, outbox.#size)) {
      outbox.#damagedCopy = freePath(path, '.damaged');
      copyFileSync(path, outbox.#damagedCopy);
    }
    ftruncateSync(file, outbox.#size);
    return outbox;
  }

  get started(): boolean {
    return this.#started;
  }

  get agentSessionId(): string | undefined {
    return this.#agentSessionId;
  }

  /** seq of the newest event; the next one has the next. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** What the session has used as far as its log knows: what is told where it cannot say so itself any more. */
  get figures(): Figures {
    return this.#process.figures;
  }

  /** The server has every event up to this seq. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** Set once the session has ended. */
  get finish(): FinishRunInput | undefined {
    return this.#finish;
  }

  /** The server has the finish too. */
  get delivered(): boolean {
    return this.#delivered;
  }

  /** Records were lost when it was opened, because the disk had changed one. */
  get damaged(): boolean {
    return this.#damagedCopy !== undefined;
  }

  /** Where the whole of it is kept then. */
  get damagedCopy(): string | undefined {
    return this.#damagedCopy;
  }

  /** Whole records on disk, bytes. */
  get size(): number {
    return this.#size;
  }

  /** Resolves when what is known so far is on the disk: from here on the session may exist. Rejects when it refuses. */
  async markStarted(): Promise<void> {
    this.#write({ type: 'started' });
    await this.#force();
    await forceDirectory(dirname(this.#path));
  }

  noteSession(id: string): void {
    this.#write({ type: 'session', id });
  }

  /**
   * Stores an event under the next seq and gives it back as it is sent. Times within a log never go back. Throws when the disk refuses, or the log
   * has become as large as one may.
   */
  append(event: Omit<Event, 'seq' | 'at'>): Event {
    if (this.#size >= this.#mostBytes) {
      const most = Math.round(this.#mostBytes / 1024 ** 2);
      throw new Error(`the log has reached ${most} MiB, the most a runner keeps of one session`);
    }
    const at = this.#time();
    // Through JSON once: what is checksummed here is spelt as the server will read it.
    const whole: Event = JSON.parse(JSON.stringify({ seq: this.#lastSeq + 1, ...event, at }));
    this.#write({ type: 'event', event: whole });
    return whole;
  }

  /**
   * Stores how the session ended, at once; a later call replaces an earlier one. Where the disk takes not even that,
   * the end is kept in memory and still delivered. Resolves when it is on the disk; never rejects.
   */
  async end(outcome: OutboxEnd): Promise<void> {
    const { token } = this.run;
    const finishedAt = this.#finish?.finishedAt ?? this.#time();
    const finish = { ...outcome, token, finishedAt, lastSeq: this.#lastSeq, logChecksum: this.#checksum };
    try {
      this.#write({ type: 'finish', finish });
      await this.#force();
    } catch {
      this.#finish = finish;
    }
  }

  /** Puts a sentence in the place of an event that the server refused. Throws when the disk refuses. */
  replace(seq: number, message: string): void {
    const [before] = this.eventsAfter(seq - 1, 1, 1);
    const at = before?.at ?? this.#time();
    this.#write({ type: 'replaced', event: { seq, kind: 'error', message, data: null, at } });
    if (this.#finish) void this.end(this.#finish);
  }

  /** Whether an event is one that was put there by `replace`. */
  isReplaced(seq: number): boolean {
    return this.#replaced.has(seq);
  }

  /** Notes what the server has, so that a restart does not send it again. A full disk may forget that. */
  acknowledge(seq: number): void {
    this.#acknowledged = seq;
    try {
      this.#write({ type: 'acknowledged', seq });
    } catch {
      // It would only have saved sending some events again.
    }
  }

  /** Stored events after a seq, from disk: at least one where there is one, else as many as fit. */
  eventsAfter(seq: number, mostEvents: number, mostBytes: number): Event[] {
    if (seq < this.#cursor.seq) this.#cursor = { seq: this.run.lastSeq, offset: 0 };
    const events: Event[] = [];
    let bytes = 0;
    for (const { record, start, end } of readRecords(this.#file, this.#cursor.offset)) {
      if (record.type !== 'event' || record.event.seq <= seq) continue;
      if (events.length === 0) this.#cursor = { seq, offset: start };
      bytes += end - start;
      if (events.length === mostEvents || (events.length > 0 && bytes > mostBytes)) break;
      events.push(this.#replaced.get(record.event.seq) ?? record.event);
    }
    return events;
  }

  /** Everything has arrived, or nobody wants it any more. What is gone from the disk was marked as delivered before. */
  async forget(): Promise<void> {
    try {
      this.#write({ type: 'delivered' });
      await this.#force();
    } catch {
      // Then a power cut may bring the file back, and it is delivered once more, which changes nothing.
    }
    this.remove();
  }

  /** Takes away the file of which nothing has to be remembered. */
  remove(): void {
    this.#close();
    rmSync(this.#path, { force: true });
  }

  /** Leaves the file as it is, for who can deliver it. */
  leave(): void {
    this.#close();
  }

  /**
   * Keeps the file under another name, for a person to look at: the server will not take it.
   * @param why what the name ends with. @returns where it is
   */
  async setAside(why: string): Promise<string> {
    await this.#forced;
    this.#close();
    const path = freePath(this.#path, `.${why}`);
    renameSync(this.#path, path);
    return path;
  }

  /** Never before that of the newest event, whatever a clock says. */
  #time(): string {
    return new Date(Math.max(this.#now(), this.#lastAt)).toISOString();
  }

  /** What comes too late must not be written: another file may have this one's number by then. */
  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.#file);
  }

  /** Off this thread, one after the other, so that none is still on its way when the file is closed. */
  #force(): Promise<void> {
    const forced = this.#forced.then(() => forceFile(this.#file));
    this.#forced = forced.catch(() => undefined);
    return forced;
  }

  #write(record: OutboxRecord): void {
    if (this.#closed) throw new Error('nobody wants the log of this session any more');
    const line = encodeRecord(record);
    try {
      let written = 0;
      while (written < line.length) {
        written += writeSync(this.#file, line, written, line.length - written, this.#size + written);
      }
    } catch (error) {
      // A full disk may have taken half a record: take it back, so that what follows can still be read.
      ftruncateSync(this.#file, this.#size);
      throw error;
    }
    this.#size += line.length;
    this.#remember(record);
  }

  #remember(record: OutboxRecord): void {
    switch (record.type) {
      case 'started':
        this.#started = true;
        break;
      case 'session':
        this.#agentSessionId = record.id;
        break;
      case 'finish':
        this.#finish = record.finish;
        break;
      case 'delivered':
        this.#delivered = true;
        break;
      case 'acknowledged':
        this.#acknowledged = record.seq;
        break;
      case 'event':
        this.#lastSeq = record.event.seq;
        this.#lastAt = Date.parse(record.event.at);
        this.#checksum += digestOf(record.event);
        if (record.event.data) this.#process.read(record.event.data);
        break;
      case 'replaced':
        this.#substitute(record.event);
        break;
    }
  }

  #substitute(event: Event): void {
    const [before] = this.eventsAfter(event.seq - 1, 1, 1);
    if (before) this.#checksum += digestOf(event) - digestOf(before);
    this.#replaced.set(event.seq, event);
  }
}

/** What its file is called: nothing that a server says is part of a path. */
export function fileStem(runId: string, attempt: number): string {
  return createHash('sha256').update(`${runId} ${attempt}`).digest('hex').slice(0, 32);
}

/** The first four bytes of the event's SHA-256 as a signed number: contract/runner-protocol.ts. */
function digestOf(event: Event): number {
  return createHash('sha256').update(eventDigestInput(event)).digest().readInt32BE(0);
}

/** A new file's name is on disk only when its directory is; Windows has no such call and needs none. */
async function forceDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

import { createHash } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { type ClaimedRun, type Event, eventDigestInput, type FinishRunInput } from '@agentfleet/contract';

/** One line of the file: a checksum and a record. */
type OutboxRecord =
  | { type: 'run'; run: Pick<ClaimedRun, 'id' | 'token' | 'attempt' | 'lastSeq'> }
  | { type: 'started' }
  | { type: 'session'; id: string }
  | { type: 'event'; event: Event }
  | { type: 'finish'; finish: FinishRunInput };

/**
 * The durable spool of one attempt: what happened is on disk before it goes over the network, and is forgotten
 * when the server has acknowledged the finish. Append-only; each record carries a CRC-32, so that a tail torn by a
 * crash is recognised and cut.
 *
 * Records are written at once, which survives the death of the process. They are forced to the disk when a
 * session starts and when it finishes: a power cut may lose the last events of a running session, never the fact
 * that it ran.
 */
export class Outbox {
  readonly run: Pick<ClaimedRun, 'id' | 'token' | 'attempt' | 'lastSeq'>;
  readonly #path: string;
  readonly #file: number;
  #started = false;
  #agentSessionId: string | undefined;
  #lastSeq: number;
  #checksum = 0;
  #finish: FinishRunInput | undefined;

  private constructor(path: string, file: number, run: Outbox['run']) {
    this.#path = path;
    this.#file = file;
    this.run = run;
    this.#lastSeq = run.lastSeq;
  }

  /** Throws when the disk refuses. */
  static create(directory: string, run: ClaimedRun): Outbox {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const path = join(directory, `${run.id}-${run.attempt}.log`);
    const { id, token, attempt, lastSeq } = run;
    const outbox = new Outbox(path, openSync(path, 'w', 0o600), { id, token, attempt, lastSeq });
    outbox.#write({ type: 'run', run: outbox.run });
    return outbox;
  }

  /** What daemons before this one left. A file whose first record is torn held nothing yet and is removed. */
  static adoptAll(directory: string): Outbox[] {
    let names: string[] = [];
    try {
      names = readdirSync(directory).filter((name) => name.endsWith('.log'));
    } catch {
      return [];
    }
    return names.flatMap((name) => Outbox.#adopt(join(directory, name)) ?? []);
  }

  static #adopt(path: string): Outbox | undefined {
    const { records, bytes } = readRecords(path);
    const [head] = records;
    if (head?.type !== 'run') {
      rmSync(path, { force: true });
      return undefined;
    }
    const outbox = new Outbox(path, openSync(path, 'a', 0o600), head.run);
    ftruncateSync(outbox.#file, bytes);
    for (const record of records) outbox.#remember(record);
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

  /** Set once the session has ended. */
  get finish(): FinishRunInput | undefined {
    return this.#finish;
  }

  markStarted(): void {
    this.#write({ type: 'started' });
    fsyncSync(this.#file);
  }

  noteSession(id: string): void {
    this.#write({ type: 'session', id });
  }

  /** Stores an event under the next seq and gives it back as it is sent. Throws when the disk refuses. */
  append(event: Omit<Event, 'seq' | 'at'>): Event {
    const at = new Date().toISOString();
    // Through JSON once: what is checksummed here is spelt as the server will read it.
    const whole: Event = JSON.parse(JSON.stringify({ seq: this.#lastSeq + 1, ...event, at }));
    this.#write({ type: 'event', event: whole });
    return whole;
  }

  /** Stores how the session ended. */
  end(outcome: Omit<FinishRunInput, 'token' | 'finishedAt' | 'lastSeq' | 'logChecksum'>): void {
    this.#write({
      type: 'finish',
      finish: {
        ...outcome,
        token: this.run.token,
        finishedAt: new Date().toISOString(),
        lastSeq: this.#lastSeq,
        logChecksum: this.#checksum,
      },
    });
    fsyncSync(this.#file);
  }

  /** The stored events after a seq, from disk. */
  eventsAfter(seq: number): Event[] {
    return readRecords(this.#path).records.flatMap((record) =>
      record.type === 'event' && record.event.seq > seq ? [record.event] : [],
    );
  }

  /** Everything has arrived, or nobody wants it any more. */
  forget(): void {
    closeSync(this.#file);
    rmSync(this.#path, { force: true });
  }

  #write(record: OutboxRecord): void {
    const json = JSON.stringify(record);
    const line = Buffer.from(`${checksumOf(json)} ${json}\n`);
    const before = fstatSync(this.#file).size;
    try {
      let written = 0;
      while (written < line.length) written += writeSync(this.#file, line, written);
    } catch (error) {
      // A full disk may have taken half a record: take it back, so that what follows can still be read.
      ftruncateSync(this.#file, before);
      throw error;
    }
    this.#remember(record);
  }

  #remember(record: OutboxRecord): void {
    if (record.type === 'started') this.#started = true;
    else if (record.type === 'session') this.#agentSessionId = record.id;
    else if (record.type === 'finish') this.#finish = record.finish;
    else if (record.type === 'event') {
      this.#lastSeq = record.event.seq;
      this.#checksum += createHash('sha256').update(eventDigestInput(record.event)).digest().readInt32BE(0);
    }
  }
}

const checksumOf = (json: string) => crc32(json).toString(16).padStart(8, '0');

/** The records up to the first one that is torn or damaged, and how many bytes they take. */
function readRecords(path: string): { records: OutboxRecord[]; bytes: number } {
  const records: OutboxRecord[] = [];
  let bytes = 0;
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const json = line.slice(9);
    if (line.length < 10 || line.slice(0, 8) !== checksumOf(json)) break;
    records.push(JSON.parse(json));
    bytes += Buffer.byteLength(line) + 1;
  }
  return { records, bytes };
}

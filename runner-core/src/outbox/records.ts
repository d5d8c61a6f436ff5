import { readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { ClaimedRun, type Event, type FinishRunInput } from '@agentfleet/contract';
import * as z from 'zod';

/**
 * What the first record of an outbox says about the attempt it belongs to. Whoever opens a file of another process
 * checks it: sessions of the same user can write there.
 */
const { id, token, attempt, lastSeq } = ClaimedRun.shape;
/** Whose it is: an address, and nothing else is told of it. Older outboxes do not say. */
const server = z.string().optional();
export const OutboxRun = z.object({ id, token, attempt, lastSeq, server });
export type OutboxRun = z.infer<typeof OutboxRun>;

/** One line of an outbox: a checksum and a record. */
export type OutboxRecord =
  | { type: 'run'; run: OutboxRun }
  | { type: 'started' }
  | { type: 'session'; id: string }
  | { type: 'event'; event: Event }
  /** Stands in for the event of the same seq, which the server refused. */
  | { type: 'replaced'; event: Event }
  /** The newest one counts. */
  | { type: 'finish'; finish: FinishRunInput }
  /** The server has every event up to seq. */
  | { type: 'acknowledged'; seq: number }
  /** The server has the finish too: the file may go. */
  | { type: 'delivered' };

export interface PlacedRecord {
  record: OutboxRecord;
  /** Offsets of its line in the file, bytes. */
  start: number;
  end: number;
}

const chunkBytes = 256 * 1024;
const newline = 0x0a;
const checksumLength = 8;

/** A record as a line: CRC-32 in hex, a space, JSON, a newline. */
export function encodeRecord(record: OutboxRecord): Buffer {
  const json = Buffer.from(JSON.stringify(record));
  return Buffer.concat([Buffer.from(`${checksumOf(json)} `), json, Buffer.of(newline)]);
}

/** The records of an open file from an offset on, up to the first one that is torn or damaged. */
export function* readRecords(file: number, from = 0): Generator<PlacedRecord> {
  let rest = Buffer.alloc(0);
  let position = from;
  for (;;) {
    const chunk = Buffer.allocUnsafe(chunkBytes);
    const count = readSync(file, chunk, 0, chunkBytes, position);
    if (count === 0) return;
    position += count;
    rest = rest.length > 0 ? Buffer.concat([rest, chunk.subarray(0, count)]) : chunk.subarray(0, count);
    for (let end = rest.indexOf(newline); end !== -1; end = rest.indexOf(newline)) {
      const record = decode(rest.subarray(0, end));
      if (!record) return;
      const start = position - rest.length;
      yield { record, start, end: start + end + 1 };
      rest = rest.subarray(end + 1);
    }
  }
}

/** Whether the end of a line lies behind an offset: a torn write has none. */
export function hasLine(file: number, from: number): boolean {
  const chunk = Buffer.alloc(chunkBytes);
  for (let position = from; ; ) {
    const count = readSync(file, chunk, 0, chunkBytes, position);
    if (count === 0) return false;
    if (chunk.subarray(0, count).includes(newline)) return true;
    position += count;
  }
}

function decode(line: Buffer): OutboxRecord | undefined {
  const json = line.subarray(checksumLength + 1);
  if (json.length === 0 || line.toString('latin1', 0, checksumLength) !== checksumOf(json)) return undefined;
  return JSON.parse(json.toString('utf8')) as OutboxRecord;
}

const checksumOf = (json: Buffer) => crc32(json).toString(16).padStart(checksumLength, '0');

import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { brotliCompress, brotliDecompress, constants } from 'node:zlib';
import type { Event, ImageType, JsonObject } from '@agentfleet/contract';

/** An event as it lies in an object: with its digest, and its sizes as text and as stored, by which pages are cut. */
export type PackedEvent = Event & { digest: number; bytes: number; stored: number };
export interface PackedImage {
  seq: number;
  index: number;
  type: ImageType;
  base64: string;
}

/** What an object holds. */
export interface PackedLog {
  events: PackedEvent[];
  images: PackedImage[];
}

/** Most bytes of a log as text: what is packed or read is held in memory whole. */
export const mostRawBytes = 32 * 1024 * 1024;

/** JSON is read and written in pieces of so many characters, for others wait meanwhile. */
const charsAtOnce = 1024 * 1024;

/** Lines of JSON: one says what it is, then one for each event, then one for each image. */
export class LogText {
  readonly #pieces: Buffer[] = [];
  readonly #hash = createHash('sha256');
  bytes = 0;

  constructor(runId: string) {
    this.#add({ agentfleet: 'log', version: 1, run: runId });
  }

  event({ seq, kind, message, data, at, digest, bytes, stored }: PackedEvent): void {
    this.#add({ seq, kind, message, data, at, digest, bytes, stored });
  }

  image({ seq, index, type, base64 }: PackedImage): void {
    this.#add({ image: { seq, index, type, base64 } });
  }

  /** Of the text as it is so far; call it once. */
  sha256(): string {
    return this.#hash.digest('hex');
  }

  /** Off the main thread. Quality 5 is where more costs much time for little room. */
  pack(): Promise<Buffer> {
    const params = {
      [constants.BROTLI_PARAM_QUALITY]: 5,
      [constants.BROTLI_PARAM_LGWIN]: 22,
      [constants.BROTLI_PARAM_SIZE_HINT]: this.bytes,
    };
    return promisify(brotliCompress)(Buffer.concat(this.#pieces), { params });
  }

  #add(line: object): void {
    const piece = Buffer.from(`${JSON.stringify(line)}\n`);
    this.#pieces.push(piece);
    this.#hash.update(piece);
    this.bytes += piece.length;
  }
}

/** @returns undefined where it is not the text that the checksum is of */
export async function unpack(object: Buffer, sha256: string): Promise<PackedLog | undefined> {
  const text = await promisify(brotliDecompress)(object, { maxOutputLength: 2 * mostRawBytes }).catch(
    () => undefined,
  );
  if (!text || createHash('sha256').update(text).digest('hex') !== sha256) return undefined;
  const log: PackedLog = { events: [], images: [] };
  let read = 0;
  for (let from = text.indexOf('\n') + 1; from < text.length; ) {
    const end = text.indexOf('\n', from);
    const line: PackedEvent | { image: PackedImage } = JSON.parse(text.toString('utf8', from, end));
    if ('image' in line) log.images.push(line.image);
    else log.events.push(line);
    read += end - from;
    from = end + 1;
    if (read < charsAtOnce) continue;
    read = 0;
    await setImmediate();
  }
  return log;
}

/** Which events: those beyond a seq, from that end on. */
export type Place = { after: number } | { before: number };

/** The page that sql/read-events.ts would bring, oldest first: as many events, and as many bytes beyond the first one. */
export function pageOf(events: PackedEvent[], place: Place, limit: number, mostBytes: number): Event[] {
  const forwards = 'after' in place;
  const beyond = events.filter(({ seq }) => (forwards ? seq > place.after : seq < place.before));
  if (!forwards) beyond.reverse();
  const page: Event[] = [];
  let [bytes, stored] = [0, 0];
  for (const event of beyond.slice(0, limit)) {
    bytes += event.bytes;
    stored += event.stored;
    if (page.length > 0 && (bytes > mostBytes || stored > mostBytes)) break;
    const { seq, kind, message, data, at } = event;
    page.push({ seq, kind, message, data, at });
  }
  return forwards ? page : page.reverse();
}

/** The calls of some tools by the session itself and their results, as `tool-events` finds them. */
export function ofTools(events: PackedEvent[], tools: readonly string[]): PackedEvent[] {
  const called = events.filter(
    ({ kind, data }) =>
      kind === 'tool_use' &&
      tools.includes(textIn(data, 'name') ?? '') &&
      textIn(data, 'parent_tool_use_id') === undefined,
  );
  const first = called[0]?.seq ?? Number.POSITIVE_INFINITY;
  const ids = new Set(called.map(({ data }) => textIn(data, 'id')));
  const calls = new Set(called);
  return events.filter((event) => {
    if (calls.has(event)) return true;
    const id = textIn(event.data, 'tool_use_id');
    return event.kind === 'tool_result' && event.seq > first && id !== undefined && ids.has(id);
  });
}

/** As `->>` gives it. */
function textIn(data: JsonObject | null, name: string): string | undefined {
  const value = data !== null && Object.hasOwn(data, name) ? data[name] : undefined;
  if (value === undefined || value === null) return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, type Writable } from 'node:stream';
import { finished } from 'node:stream/promises';

// The part of tar (ustar) that a database's directory needs: files and directories with short names.

const blockBytes = 512;
const mostNameBytes = 100;

/**
 * A directory as tar, its files as they are while they are read.
 * @param first entries that come before all others
 */
export function packed(directory: string, first: { name: string; text: string }[]): Readable {
  async function* blocks(): AsyncGenerator<Buffer> {
    for (const { name, text } of first) {
      const bytes = Buffer.from(text);
      yield headOf(name, bytes.length, 'file');
      yield bytes;
      yield paddingOf(bytes.length);
    }
    yield* entriesOf('');
    yield Buffer.alloc(2 * blockBytes);
  }
  async function* entriesOf(below: string): AsyncGenerator<Buffer> {
    for await (const entry of await opendir(join(directory, below))) {
      const name = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) {
        yield headOf(`${name}/`, 0, 'directory');
        yield* entriesOf(name);
      } else if (entry.isFile()) {
        const { size } = await stat(join(directory, name));
        yield headOf(name, size, 'file');
        if (size > 0)
          yield* createReadStream(join(directory, name), { end: size - 1, highWaterMark: 256 * 1024 });
        yield paddingOf(size);
      }
    }
  }
  return Readable.from(blocks(), { objectMode: false });
}

function headOf(name: string, size: number, kind: 'file' | 'directory'): Buffer {
  const head = Buffer.alloc(blockBytes);
  if (head.write(name, 0, mostNameBytes) < Buffer.byteLength(name))
    throw new Error(`${name} is too long a name`);
  const octal = (value: number, at: number, length: number) =>
    head.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, length, 'ascii');
  octal(kind === 'directory' ? 0o700 : 0o600, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(Math.floor(Date.now() / 1_000), 136, 12);
  head.write('        ', 148, 8, 'ascii');
  head.write(kind === 'directory' ? '5' : '0', 156, 1, 'ascii');
  head.write('ustar\x0000', 257, 8, 'ascii');
  octal(
    head.reduce((sum, byte) => sum + byte, 0),
    148,
    7,
  );
  return head;
}

const paddingOf = (size: number) => Buffer.alloc((blockBytes - (size % blockBytes)) % blockBytes);

/** One entry of a tar that is being read. Its content must be read to the end before the next one is asked for. */
export interface Entry {
  name: string;
  kind: 'file' | 'directory';
  content: () => AsyncGenerator<Buffer>;
}

/** What a tar holds, in order. Throws on what is no whole tar of ours. */
export async function* entriesIn(source: AsyncIterable<Buffer>): AsyncGenerator<Entry> {
  const reader = new Reader(source);
  for (;;) {
    const head = await reader.exactly(blockBytes);
    if (head.every((byte) => byte === 0)) return reader.toTheEnd();
    const { name, size, kind } = readHead(head);
    let left = size;
    async function* content() {
      while (left > 0) {
        const chunk = await reader.some(left);
        left -= chunk.length;
        yield chunk;
      }
    }
    yield { name, kind, content };
    for await (const _ of content());
    await reader.exactly(paddingOf(size).length);
  }
}

function readHead(head: Buffer): { name: string; size: number; kind: Entry['kind'] } {
  const text = (at: number, length: number) => head.toString('utf8', at, at + length).replace(/\0.*$/s, '');
  const number = (at: number, length: number) => Number.parseInt(text(at, length).trim(), 8);
  const sum = head.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  const name = text(0, mostNameBytes).replace(/\/$/, '');
  const type = text(156, 1);
  const isOurs =
    sum === number(148, 8) && (type === '0' || type === '5') && !/^\/|\\|:|(^|\/)\.{0,2}(\/|$)/.test(name);
  if (!isOurs) throw new Error('It is damaged, or not a backup of an embedded database');
  return { name, size: number(124, 12), kind: type === '5' ? 'directory' : 'file' };
}

/** Writes the entries below a directory that exists. */
export async function unpack(entries: AsyncIterable<Entry>, directory: string): Promise<void> {
  for await (const { name, kind, content } of entries) {
    const path = join(directory, name);
    if (kind === 'directory') await mkdir(path, { recursive: true, mode: 0o700 });
    else await write(createWriteStream(path, { flags: 'wx', mode: 0o600 }), content());
  }
}

/** Writes all of it and closes. Rejects when the disk refuses. */
export async function write(to: Writable, chunks: AsyncIterable<Buffer>): Promise<void> {
  const done = finished(to);
  done.catch(() => undefined);
  try {
    for await (const chunk of chunks) {
      if (!to.write(chunk)) await Promise.race([once(to, 'drain'), done]);
    }
    to.end();
  } catch (error) {
    to.destroy();
    throw error;
  }
  await done;
}

class Reader {
  readonly #source: AsyncIterator<Buffer>;
  #held: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Up to so many bytes, at least one. */
  async some(most: number): Promise<Buffer> {
    if (this.#held.length === 0) await this.#more();
    const some = this.#held.subarray(0, most);
    this.#held = this.#held.subarray(some.length);
    return some;
  }

  async exactly(bytes: number): Promise<Buffer> {
    if (bytes === 0) return Buffer.alloc(0);
    while (this.#held.length < bytes) await this.#more();
    return this.some(bytes);
  }

  /** What is compressed is known to be whole only then. */
  async toTheEnd(): Promise<void> {
    while (!(await this.#source.next()).done);
  }

  async #more(): Promise<void> {
    const { value, done } = await this.#source.next();
    if (done) throw new Error('It ends in the middle');
    this.#held = this.#held.length === 0 ? value : Buffer.concat([this.#held, value]);
  }
}

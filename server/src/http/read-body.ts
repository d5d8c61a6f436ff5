import { isUtf8 } from 'node:buffer';
import type { Duplex, Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { ApiError } from '../errors.js';
import type { Context } from './context.js';

const decoders: ReadonlyMap<string, () => Duplex> = new Map([
  ['gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
]);

/** Some begin UTF-8 with it; it is no part of the text. */
const byteOrderMark = Buffer.from('\uFEFF');

/**
 * Reads a JSON body of at most `limit` bytes, counted after decompression so that a small bomb stays small.
 * Throws UNSUPPORTED_MEDIA_TYPE, PAYLOAD_TOO_LARGE, INVALID_JSON.
 */
export async function readBody(context: Context, limit: number): Promise<unknown> {
  const type = context.get('Content-Type');
  if (type !== '' && !isJson(type)) throw notJson();
  const text = await readText(context, limit);
  if (text.trim() === '') {
    // pause, resume and cancel need no body; what needs fields says so itself.
    if (type === '') return {};
    throw new ApiError('INVALID_JSON', 'The body is empty; it must be a JSON object');
  }
  if (type === '') throw notJson();
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError('INVALID_JSON', 'The body is not valid JSON');
  }
}

/** JSON is UTF-8, whatever else is said of it. */
const isJson = (type: string) =>
  /^application\/json\s*(;|$)/i.test(type) && !/;\s*charset=(?!"?utf-?8"?\s*(;|$))/i.test(type);
const notJson = () =>
  new ApiError('UNSUPPORTED_MEDIA_TYPE', 'Content-Type must be application/json, in UTF-8');

async function readText(context: Context, limit: number): Promise<string> {
  const tooLarge = () => {
    // The rest is not read: the connection ends with this answer.
    context.set('Connection', 'close');
    return new ApiError('PAYLOAD_TOO_LARGE', `The body may have ${limit} bytes at most`);
  };
  if (Number(context.get('Content-Length')) > limit) throw tooLarge();
  const encoding = context.get('Content-Encoding').toLowerCase();
  const decoder = decoders.get(encoding)?.();
  if (encoding && encoding !== 'identity' && !decoder) {
    throw new ApiError('UNSUPPORTED_MEDIA_TYPE', 'Content-Encoding must be gzip, deflate or br');
  }
  // Who has gone already ends nothing any more.
  if (context.req.destroyed) throw unreadable();
  const source = decoder ? context.req.pipe(decoder) : context.req;
  // A caller who goes away in the middle ends the decoder too, which would else wait for the rest for ever.
  if (decoder) context.req.once('error', (error) => decoder.destroy(error));
  const chunks = await collect(source, limit).catch(() => {
    throw unreadable();
  });
  if (!chunks) {
    decoder?.destroy();
    throw tooLarge();
  }
  const [first = Buffer.alloc(0)] = chunks;
  const bytes = chunks.length > 1 ? Buffer.concat(chunks) : first;
  context.state.bodyBytes = bytes.length;
  // What TextDecoder does, for a third of its time.
  if (!isUtf8(bytes)) throw new ApiError('INVALID_JSON', 'The body is not UTF-8');
  return bytes.toString(
    'utf8',
    bytes.subarray(0, byteOrderMark.length).equals(byteOrderMark) ? byteOrderMark.length : 0,
  );
}

const unreadable = () =>
  new ApiError('INVALID_JSON', 'The body could not be read as its Content-Encoding says');

/**
 * Listens for the chunks: to iterate over them costs a small body several times as much.
 * @returns undefined when there are more bytes than `limit`: then the rest is not read
 */
function collect(source: Readable, limit: number): Promise<Buffer[] | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      chunks.push(chunk);
      if (size <= limit) return;
      source.off('data', onData);
      source.pause();
      resolve(undefined);
    };
    const onClose = () => reject(new Error('The stream ended in the middle'));
    source.on('data', onData);
    source.once('end', () => {
      // It closes after its end too, and an error costs more than all of this.
      source.off('close', onClose);
      resolve(chunks);
    });
    source.once('close', onClose);
    // It stays, for what the stream says later.
    source.on('error', reject);
  });
}

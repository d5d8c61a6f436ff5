import { hash } from 'node:crypto';
import { pipeline, Readable } from 'node:stream';
import type Koa from 'koa';
import { compressed, compressor, isCompressible, leastBytes, settleCoding } from './codings.js';
import type { Context, State } from './context.js';

/**
 * Sends no more than it takes: what the caller has already is answered 304, and what is worth it is compressed. An answer
 * that holds a secret goes as it is, for its size would tell of the secret to whoever gets text of his own into it; so do
 * those of runners, which are small, and streams of events, which write for themselves.
 */
export const lightAnswers: Koa.Middleware<State> = async (context, next) => {
  await next();
  const { body } = context;
  if (context.respond === false || context.state.asIs || body === undefined || body === null) return;
  if (body instanceof Readable) return compressStream(context, body);
  const bytes = bytesOf(context, body);
  context.body = bytes;
  if (context.status === 200 && isRevalidated(context)) {
    context.set('ETag', `W/"${hash('sha256', bytes, 'base64url').slice(0, 22)}"`);
  }
  const mayCompress = isOpen(context);
  const coding = mayCompress ? settleCoding(context) : undefined;
  if (context.fresh) {
    context.status = 304;
  } else if (coding && bytes.length >= leastBytes) {
    context.body = await compressed(bytes, coding);
    context.set('Content-Encoding', coding);
  }
};

/** JSON as Koa would write it. */
function bytesOf(context: Context, body: unknown): Buffer {
  if (Buffer.isBuffer(body)) return body;
  if (typeof body === 'string') return Buffer.from(body);
  if (body instanceof Uint8Array) return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  context.type = 'json';
  return Buffer.from(JSON.stringify(body));
}

/** Whether a cache has to ask each time, and may. */
function isRevalidated(context: Context): boolean {
  const reads = context.method === 'GET' || context.method === 'HEAD';
  return reads && directivesOf(context).includes('no-cache');
}

/** Whether it is of a type that gets smaller, and nobody has compressed it or forbids to. */
function isOpen(context: Context): boolean {
  if (context.res.hasHeader('Content-Encoding') || !isCompressible(context.response.type)) return false;
  return !directivesOf(context).includes('no-transform');
}

/** What is said of keeping the answer. */
function directivesOf({ res }: Context): string[] {
  const said = String(res.getHeader('Cache-Control') ?? '').toLowerCase();
  return said.split(',').map((directive) => directive.trim());
}

/** A file that was not compressed before it was asked for. */
function compressStream(context: Context, body: Readable): void {
  const coding = isOpen(context) ? settleCoding(context) : undefined;
  if (!coding || Number(context.response.get('Content-Length')) < leastBytes) return;
  context.set('Content-Encoding', coding);
  context.remove('Content-Length');
  if (context.method === 'HEAD') return;
  // Whoever goes away ends both; that the answer broke off is seen by whoever reads it.
  context.body = pipeline(body, compressor(coding), () => undefined);
}

import { once } from 'node:events';
import { pipeline, type Writable } from 'node:stream';
import { type BrotliCompress, constants, createBrotliCompress, createGzip, type Gzip } from 'node:zlib';
import { limitedOrgOf } from '../auth/authenticator.js';
import type { AppOptions } from './app-options.js';
import { callerOf } from './caller-of.js';
import { type Coding, settleCoding } from './codings.js';
import type { Context } from './context.js';

/** An answer of server-sent events that is being written. */
export interface EventStream {
  /** Aborts when it must end: its caller has gone, his credentials are worth nothing any more, or the server closes. */
  signal: AbortSignal;
  /** Whether the caller has yet to take what was sent: who can wait does. */
  readonly isBusy: boolean;
  /** Sends whole events at once; nothing of them is held back. */
  send(frames: string): void;
  /** Resolves when the caller has taken enough for more; rejects when the signal aborts. */
  taken(): Promise<void>;
  /** Calls whenever the caller has taken enough for more. @returns a function that stops it */
  onTaken(listener: () => void): () => void;
  end(): void;
}

/** That one ended before its time: its viewer comes again, and what the database could not do is told once for all of them. */
export function noteEnded({ state }: Context, { log, troubles }: AppOptions, error: unknown): void {
  if (troubles.note(error) === undefined)
    log.warn({ requestId: state.requestId, err: error }, 'stream ended early');
}

/**
 * Begins such an answer, compressed as the caller takes it, with a comment now and then to keep it open. It counts as an
 * open stream of the caller's key: throws RATE_LIMITED.
 * @returns undefined for a HEAD, which is answered with that
 */
export function openEventStream(context: Context, options: AppOptions): EventStream | undefined {
  const { res } = context;
  const coding = settleCoding(context, ['gzip', 'br']);
  if (context.method === 'HEAD') {
    context.type = 'text/event-stream';
    if (coding) context.set('Content-Encoding', coding);
    context.status = 200;
    return undefined;
  }
  const { shares, orgShares } = options.authenticator;
  const stopOfOrg = orgShares.openStream(limitedOrgOf(callerOf(context)));
  const stopOfKey = endIfThrows(stopOfOrg, () => shares.openStream(callerOf(context).key));
  const stopSharing = () => {
    stopOfOrg();
    stopOfKey();
  };
  const signal = options.openAnswers.hold(context);
  context.respond = false;
  context.status = 200;
  res.writeHead(200, {
    'Content-Type': 'text/event-stream',
    'Cache-Control': 'no-store',
    'X-Accel-Buffering': 'no',
    ...(coding && { 'Content-Encoding': coding }),
  });
  res.flushHeaders();
  const zip = coding && compressorOf(coding);
  // What was said before still counts for what follows.
  const flush = coding === 'gzip' ? constants.Z_SYNC_FLUSH : constants.BROTLI_OPERATION_FLUSH;
  const out: Writable = zip ?? res;
  // Whoever goes away ends both, and is no error.
  if (zip) pipeline(zip, res, () => undefined);
  const send = (frames: string) => {
    if (out.destroyed || out.writableEnded) return;
    out.write(frames);
    zip?.flush(flush);
  };
  const heartbeat = setInterval(
    () => out.writableNeedDrain || send(': heartbeat\n\n'),
    options.streamHeartbeatMs,
  );
  const stopCounting = options.metrics.streaming({
    get writableLength() {
      return res.writableLength + (zip ? zip.writableLength + zip.readableLength : 0);
    },
  });
  return {
    signal,
    get isBusy() {
      return out.writableNeedDrain;
    },
    send,
    async taken() {
      if (out.writableNeedDrain) await once(out, 'drain', { signal });
    },
    onTaken(listener) {
      out.on('drain', listener);
      return () => out.off('drain', listener);
    },
    end() {
      // Not at the end of the connection, which may have been before this one listened.
      stopSharing();
      stopCounting();
      clearInterval(heartbeat);
      // A viewer who takes nothing would keep a polite end waiting.
      if (signal.aborted && out.writableNeedDrain) res.destroy();
      else out.end();
    },
  };
}

/** Many streams are open for long and say little: gzip takes 130 KB for one and 23 bytes for a message, brotli 330 and 28. */
function compressorOf(coding: Coding): BrotliCompress | Gzip {
  if (coding === 'gzip') return createGzip({ windowBits: 13, memLevel: 6 });
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_LGWIN, BROTLI_PARAM_LGBLOCK } = constants;
  return createBrotliCompress({
    params: { [BROTLI_PARAM_QUALITY]: 3, [BROTLI_PARAM_LGWIN]: 13, [BROTLI_PARAM_LGBLOCK]: 16 },
  });
}

/** What was begun before is over when what comes next is refused. */
function endIfThrows<Result>(end: () => void, next: () => Result): Result {
  try {
    return next();
  } catch (error) {
    end();
    throw error;
  }
}

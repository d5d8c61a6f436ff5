import { setMaxListeners } from 'node:events';
import { chmodSync } from 'node:fs';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import pg from 'pg';
import { packEmbedded, removeCopies } from '../backup/embedded-backup.js';
import { answerCalls } from '../backup/lock-calls.js';
import { every, type Repeated } from '../every.js';
import { lockDataDirectory } from './data-directory-lock.js';
import { unpackReadyMade } from './ready-made.js';
import { settle } from './session.js';
import { types } from './types.js';

/** The thread of the embedded database died; everything that is asked from then on fails with this. */
export class EmbeddedEnded extends Error {
  /** As of a connection that broke: callers are told that the database is away. */
  readonly code = 'ECONNRESET';

  /** @param cause what the thread died of */
  constructor(cause: unknown) {
    super(`The embedded database has ended: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

/** pg's Terminate message. The embedded database has one session, which outlives connections. */
const terminate = 'X'.charCodeAt(0);

/** What pg takes for a socket: bytes to and from the worker, broken when that dies. */
class WorkerSocket extends Duplex {
  readonly #worker: Worker;
  readonly #lost: AbortSignal;
  readonly #break = () => this.destroy(this.#lost.reason);
  readonly #receive = (message: unknown) => {
    if (message instanceof Uint8Array) this.push(message);
  };

  constructor(worker: Worker, lost: AbortSignal) {
    super();
    this.#worker = worker;
    this.#lost = lost;
  }

  connect(): this {
    if (this.#lost.aborted) {
      this.#break();
      return this;
    }
    this.#lost.addEventListener('abort', this.#break);
    this.#worker.on('message', this.#receive);
    this.#worker.postMessage('connect');
    queueMicrotask(() => this.emit('connect'));
    return this;
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    if (chunk[0] !== terminate) this.#worker.postMessage(new Uint8Array(chunk));
    done();
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), '', done);
  }

  override _final(done: () => void): void {
    this.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#lost.removeEventListener('abort', this.#break);
    this.#worker.off('message', this.#receive);
    done(error);
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}

export interface Embedded {
  pool: pg.Pool;
  /** Aborted when its thread died, e.g. for want of memory; the reason is an EmbeddedEnded. */
  lost: AbortSignal;
  close(): Promise<void>;
}

/**
 * Opens the embedded PostgreSQL: WebAssembly in a worker thread, no process and no port, so that it ends with
 * this process however that ends. What it acknowledged survives the death of the process and a power cut.
 * @param dataDir a directory, made when it is missing; null keeps everything in memory
 * @param readyMade the file of a database that a new directory begins with, where it exists
 * Throws when another process has the directory open.
 */
export async function openEmbedded(dataDir: string | null, readyMade?: string): Promise<Embedded> {
  let called = (socket: Socket): void => void socket.destroy();
  const unlock =
    dataDir === null ? async () => undefined : await lockDataDirectory(dataDir, (socket) => called(socket));
  let worker: Worker;
  try {
    if (dataDir !== null) {
      // It holds prompts and results: no other user of this computer may read them.
      chmodSync(dataDir, 0o700);
      removeCopies(dataDir);
      if (readyMade !== undefined) await unpackReadyMade(readyMade, dataDir);
    }
    worker = startWorker(dataDir);
    await new Promise<void>((resolve, reject) => {
      worker.once('message', () => resolve());
      worker.once('error', reject);
      worker.once('exit', () => reject(new Error('The embedded database ended before it was ready')));
    });
  } catch (error) {
    await unlock();
    throw error;
  }
  worker.setMaxListeners(0);
  const lost = new AbortController();
  setMaxListeners(0, lost.signal);
  let fault: unknown;
  let isEnding = false;
  worker.on('error', (error) => {
    fault = error;
  });
  const gone = new Promise<void>((resolve) => {
    worker.once('exit', (code) => {
      if (!isEnding) lost.abort(new EmbeddedEnded(fault ?? `its thread ended with ${code}`));
      resolve();
    });
  });
  const pool = new pg.Pool({
    max: 1,
    user: 'postgres',
    database: 'postgres',
    idleTimeoutMillis: 0,
    types,
    onConnect: settle,
    stream: () => new WorkerSocket(worker, lost.signal) as never,
  });
  if (dataDir !== null) called = answerCalls(dataDir, () => packEmbedded(pool, dataDir));
  // One that breaks while it is idle; without a listener that would end the process before it can say why.
  pool.on('error', () => undefined);
  const maintenance = keepTidy(pool);
  return {
    pool,
    lost: lost.signal,
    async close() {
      await maintenance.stop();
      await pool.end();
      isEnding = true;
      worker.postMessage('close');
      await gone;
      await unlock();
    },
  };
}

function startWorker(dataDir: string | null): Worker {
  // The optimising compiler costs 60 MB, most of them for good, and seconds of every start; statements take as long without it
  // (docs/decisions/0023).
  setFlagsFromString('--liftoff-only');
  return new Worker(new URL('./embedded-worker.js', import.meta.url), { workerData: { dataDir } });
}

/** How often the embedded database is tidied, ms: it has no autovacuum of its own. */
const tidyMs = 10 * 60_000;
const busyTables = 'runs, runners, attempts, commands, api_keys, browser_sessions, idempotency_keys';

/**
 * Frees the space of old row versions and brings the planner's statistics up to date; prepared statements are planned
 * anew after that. Events are only added, so that once an hour is enough for them.
 */
function keepTidy(pool: pg.Pool): Repeated {
  let times = 0;
  return every(tidyMs, () => {
    times += 1;
    const tables = times % 6 === 0 ? `${busyTables}, events` : busyTables;
    // It is tried again; a database that is broken says so to everybody else.
    return pool.query(`VACUUM (ANALYZE) ${tables}`).catch(() => undefined);
  });
}

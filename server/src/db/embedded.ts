import { setMaxListeners } from 'node:events';
import { chmodSync } from 'node:fs';
import type { Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import pg from 'pg';
import { packEmbedded, removeCopies } from '../backup/embedded-backup.js';
import { answerCalls } from '../backup/lock-calls.js';
import { lockDataDirectory } from './data-directory-lock.js';
import { watchDirectory } from './directory-watch.js';
import { diskTroubleOf } from './disk-trouble.js';
import { keepUp } from './embedded-upkeep.js';
import { unpackReadyMade } from './ready-made.js';
import { settle } from './session.js';
import { types } from './types.js';
import { WorkerSocket } from './worker-socket.js';

/** The embedded database cannot go on; everything that is asked from then on fails with this. */
export class EmbeddedEnded extends Error {
  /** As of a connection that broke: callers are told that the database is away. */
  readonly code = 'ECONNRESET';
  /** What to do about it, in sentences. */
  readonly mend: string;

  /** @param why what it died of, to go on a sentence with */
  constructor(why: string, mend = 'What it had stored is safe: start AgentFleet again.') {
    super(`The embedded database has ended: ${why}`);
    this.mend = mend;
  }

  /** @param said what PostgreSQL, WebAssembly or Node said last */
  static of(said: string): EmbeddedEnded {
    const trouble = diskTroubleOf(said);
    return trouble ? new EmbeddedEnded(`${trouble.words} (${said})`, trouble.mend) : new EmbeddedEnded(said);
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
  let unlock = async (): Promise<void> => undefined;
  let worker: Worker;
  try {
    if (dataDir !== null) {
      unlock = await lockDataDirectory(dataDir, (socket) => called(socket));
      // It holds prompts and results: no other user of this computer may read them.
      chmodSync(dataDir, 0o700);
      removeCopies(dataDir);
      if (readyMade !== undefined) await unpackReadyMade(readyMade, dataDir);
    }
    worker = await startWorker(dataDir);
  } catch (error) {
    await unlock();
    throw explained(error as Error, dataDir);
  }
  worker.setMaxListeners(0);
  const lost = new AbortController();
  setMaxListeners(0, lost.signal);
  let isEnding = false;
  const end = (reason: EmbeddedEnded) => {
    if (!isEnding) lost.abort(reason);
  };
  worker.on('message', (message: unknown) => {
    if (isLastWord(message)) end(EmbeddedEnded.of(message.ended));
  });
  worker.on('error', (error) => end(EmbeddedEnded.of(error.message)));
  const exited = new Promise<void>((resolve) => {
    worker.once('exit', (code) => {
      end(new EmbeddedEnded(`its thread ended with ${code}`));
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
  // One that breaks while it is idle; without a listener that would end the process before it can say why.
  pool.on('error', () => undefined);
  const repeated = [keepUp(pool)];
  if (dataDir !== null) {
    called = answerCalls(dataDir, () => packEmbedded(pool, dataDir));
    const onGone = (words: string) => {
      end(new EmbeddedEnded(words, 'Bring it back, then start AgentFleet again.'));
      void worker.terminate();
    };
    repeated.push(await watchDirectory(dataDir, onGone));
  }
  return {
    pool,
    lost: lost.signal,
    async close() {
      await Promise.all(repeated.map((one) => one.stop()));
      await pool.end();
      isEnding = true;
      worker.postMessage('close');
      await exited;
      await unlock();
    },
  };
}

/** What the thread says before it ends because PostgreSQL cannot go on. */
function isLastWord(message: unknown): message is { ended: string } {
  return typeof message === 'object' && message !== null && 'ended' in message;
}

/** Resolves when the database is open. */
async function startWorker(dataDir: string | null): Promise<Worker> {
  // The optimising compiler costs 60 MB, most of them for good, and seconds of every start; no statement could be told to be slower
  // (docs/decisions/0023).
  setFlagsFromString('--liftoff-only');
  const worker = new Worker(new URL('./embedded-worker.js', import.meta.url), { workerData: { dataDir } });
  await new Promise<void>((resolve, reject) => {
    worker.once('message', () => resolve());
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('The embedded database ended before it was ready')));
  });
  return worker;
}

/** Why it cannot be opened, in words where it is the disk. */
function explained(error: Error, dataDir: string | null): Error {
  const trouble = diskTroubleOf(error.message);
  if (!trouble) return error;
  const sentence = `The embedded database in ${dataDir} cannot be opened: ${trouble.words} (${error.message}).`;
  return new Error(`${sentence} ${trouble.mend}`, { cause: error });
}

import { Duplex } from 'node:stream';
import type { Worker } from 'node:worker_threads';

/** pg's Terminate message. The embedded database has one session, which outlives connections. */
const terminate = 'X'.charCodeAt(0);

/** What pg takes for a socket: bytes to and from the worker, broken when that dies. */
export class WorkerSocket extends Duplex {
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

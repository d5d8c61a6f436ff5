import { setTimeout as delay } from 'node:timers/promises';
import { maxEventsPerAppend } from '@agentfleet/contract';
import { storable } from '../agents/claude-code/text.js';
import { BackOff } from '../control-plane/back-off.js';
import { type ControlPlane, ControlPlaneError } from '../control-plane/client.js';
import { Taken } from '../control-plane/told.js';
import type { Outbox } from './outbox.js';

/** Least time between two appends of one session, ms; the first event goes at once. */
const betweenMs = 100;
/** Most bytes of events in one append, well below what the server takes. */
const mostBytes = 4 * 1024 * 1024;
/** How often the whole log is sent again because the server's differs: more would not change the answer. */
const mostRewinds = 3;

/**
 * How a delivery ended. Only `delivered` has forgotten the outbox. The server gets no more of it when another attempt
 * has the run (`superseded`), when people deleted the run (`deleted`), when it does not know the run (`orphaned`), when it does not take what the log says
 * (`refused`), or when whoever holds the attempt said so (`abandoned`). `unreadable` (by the disk) and `interrupted` (by
 * the end of the runner) leave it to the next daemon.
 */
export type DeliveryEnd =
  | 'delivered'
  | 'superseded'
  | 'deleted'
  | 'orphaned'
  | 'refused'
  | 'abandoned'
  | 'unreadable'
  | 'interrupted';

/**
 * Brings one outbox to the server, in order, as long as it takes: events as they come, then the finish. Everything
 * is read from the disk, so that a long absence of the server holds no memory.
 */
export class Delivery {
  readonly done: Promise<DeliveryEnd>;
  readonly #server: ControlPlane;
  readonly #outbox: Outbox;
  readonly #backOff: BackOff;
  /** Aborted when the runner ends, and when nobody wants the outbox any more. */
  readonly #signal: AbortSignal;
  readonly #abandoned = new AbortController();
  readonly #ended = new AbortController();
  /** The server has every event up to here. */
  #delivered: number;
  /** Aborted when the server has been away since it last told what it has. */
  #known: AbortSignal;
  #mostEvents = maxEventsPerAppend;
  #rewinds = 0;
  #barely = false;
  #sentSession: string | undefined;
  #fault: unknown;
  /** Something was stored since the last look. */
  #news = false;
  #wake: () => void = () => undefined;

  constructor(server: ControlPlane, outbox: Outbox, signal: AbortSignal) {
    this.#server = server;
    this.#outbox = outbox;
    this.#backOff = new BackOff(server.mostBackOffMs);
    this.#delivered = outbox.acknowledged;
    this.#known = server.back;
    this.#signal = AbortSignal.any([signal, this.#abandoned.signal]);
    this.#signal.addEventListener('abort', () => this.#wake(), { once: true });
    // A disk that cannot be read any more, or a fault of ours: the lease runs out, and the next daemon tries again.
    this.done = this.#run().catch((error: unknown) => {
      this.#fault = error;
      return 'unreadable';
    });
  }

  /** Why it ended as `unreadable`: what the disk said, or where the fault of ours is. */
  get fault(): string {
    const error = this.#fault;
    if (!(error instanceof Error)) return String(error);
    return 'syscall' in error ? error.message : (error.stack ?? error.message);
  }

  /** An event was stored. */
  push(): void {
    this.#news = true;
    this.#wake();
  }

  /** The finish was stored: nothing more comes, so nothing is worth waiting for. */
  finish(): void {
    this.#ended.abort();
    this.push();
  }

  /** The run is no longer this attempt's: sends nothing more. */
  abandon(): void {
    this.#abandoned.abort();
  }

  async #run(): Promise<DeliveryEnd> {
    while (!this.#signal.aborted) {
      try {
        this.#news = false;
        const sent = await this.#append();
        if (sent) await this.#breathe();
        else if (this.#outbox.finish) {
          await this.#sendFinish();
          await this.#outbox.forget();
          return 'delivered';
        } else await this.#rest();
      } catch (error) {
        if (!(error instanceof ControlPlaneError)) throw error;
        const end = this.#signal.aborted ? undefined : this.#answer(error);
        if (end) return end;
        await this.#backOff.wait(error, this.#signal, this.#server.back);
      }
    }
    return this.#abandoned.signal.aborted ? 'abandoned' : 'interrupted';
  }

  /**
   * Waits until there is something to do. A server that was away may have come back with less than it had, as with a
   * restored backup: it is asked with the last event.
   */
  async #rest(): Promise<void> {
    if (this.#news || this.#signal.aborted) return;
    const known = this.#known;
    if (!known.aborted) {
      await new Promise<void>((resolve) => {
        // The signal outlives many rests: none leaves its listener behind.
        this.#wake = () => {
          known.removeEventListener('abort', this.#wake);
          resolve();
        };
        known.addEventListener('abort', this.#wake);
      });
    }
    if (!known.aborted) return;
    this.#known = this.#server.back;
    this.#delivered = Math.max(this.#outbox.run.lastSeq, this.#delivered - 1);
  }

  /** Gathers events between two appends, until the session has ended. */
  async #breathe(): Promise<void> {
    if (this.#outbox.finish) return;
    const signal = AbortSignal.any([this.#signal, this.#ended.signal]);
    await delay(betweenMs, undefined, { signal }).catch(() => undefined);
  }

  /** Sends the next events; false when there are none. */
  async #append(): Promise<boolean> {
    const { run, agentSessionId } = this.#outbox;
    const events = this.#outbox.eventsAfter(this.#delivered, this.#mostEvents, mostBytes);
    const last = events.at(-1);
    if (!last) return false;
    const { back } = this.#server;
    const { lastSeq } = await this.#server.call('appendEvents', {
      id: run.id,
      body: {
        token: run.token,
        events,
        ...(last.data?.stalled === true && { stalled: true }),
        ...(agentSessionId !== undefined && agentSessionId !== this.#sentSession && { agentSessionId }),
      },
      signal: this.#signal,
    });
    if (lastSeq > last.seq) {
      const message = `${this.#server.url} says that it has event ${lastSeq}, and ${last.seq} was the last one sent`;
      throw new ControlPlaneError(200, 'UNREADABLE', message);
    }
    this.#sentSession = agentSessionId;
    this.#known = back;
    this.#delivered = lastSeq;
    this.#outbox.acknowledge(lastSeq);
    this.#mostEvents = Math.min(this.#mostEvents * 2, maxEventsPerAppend);
    this.#backOff.reset();
    return true;
  }

  async #sendFinish(): Promise<void> {
    const { run, finish } = this.#outbox;
    if (!finish) return;
    await this.#server.call('finishRun', { id: run.id, body: finish, signal: this.#signal, as: Taken });
  }

  /** What a refusal means: the end of the delivery, or another try, perhaps with something else. */
  #answer({ code, status, lastSeq, isDeleted, message }: ControlPlaneError): DeliveryEnd | undefined {
    if (code === 'STALE_ATTEMPT') return isDeleted ? 'deleted' : 'superseded';
    if (code === 'NOT_FOUND') return 'orphaned';
    // The server's log is another one than ours: the lease runs out, and the run ends as the server knows it.
    if (code === 'EVENT_CONFLICT') return 'refused';
    if (code === 'LOG_INCOMPLETE') {
      this.#rewinds += 1;
      if (this.#rewinds > mostRewinds) return 'refused';
    }
    if (lastSeq !== undefined && (code === 'EVENT_GAP' || code === 'LOG_INCOMPLETE')) {
      this.#delivered = lastSeq;
    } else if (status === 413 || code === 'VALIDATION_FAILED') {
      return this.#shrink(message);
    }
    return undefined;
  }

  /** What the server does not take goes in smaller pieces, then without what it holds. */
  #shrink(reason: string): DeliveryEnd | undefined {
    const events = this.#outbox.eventsAfter(this.#delivered, this.#mostEvents, mostBytes);
    const [first] = events;
    if (!first) return this.#shrinkFinish();
    if (events.length > 1) {
      this.#mostEvents = Math.floor(events.length / 2);
      return undefined;
    }
    if (this.#outbox.isReplaced(first.seq)) return 'refused';
    this.#outbox.replace(
      first.seq,
      storable(`An event of kind ${first.kind} could not be delivered: ${reason}`.slice(0, 1_000)),
    );
    return undefined;
  }

  #shrinkFinish(): DeliveryEnd | undefined {
    const { finish } = this.#outbox;
    if (!finish || this.#barely) return 'refused';
    this.#barely = true;
    const { status, failure, agentSessionId, costUsd, numTurns } = finish;
    void this.#outbox.end({ status, failure, agentSessionId, costUsd, numTurns });
    return undefined;
  }
}

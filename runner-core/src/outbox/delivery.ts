import { setTimeout as delay } from 'node:timers/promises';
import { type Event, maxEventsPerAppend } from '@agentfleet/contract';
import { BackOff } from '../control-plane/back-off.js';
import { type ControlPlane, ControlPlaneError } from '../control-plane/client.js';
import type { Outbox } from './outbox.js';

/** Least time between two appends of one session, ms; the first event goes at once. */
const betweenMs = 100;
/** Most bytes of events in one append, well below what the server takes. */
const mostBytes = 4 * 1024 * 1024;

/**
 * Brings one outbox to the server, in order, as long as it takes: events as they come, then the finish. Resolves
 * `delivered`, or `stale` when the run is no longer this attempt's; either way the outbox is forgotten. When
 * aborted it resolves `interrupted` and the outbox stays for the next daemon.
 */
export class Delivery {
  readonly done: Promise<'delivered' | 'stale' | 'interrupted'>;
  readonly #server: ControlPlane;
  readonly #outbox: Outbox;
  readonly #signal: AbortSignal;
  readonly #backOff = new BackOff();
  #pending: Event[];
  #sentSession: string | undefined;
  readonly #ended = new AbortController();
  #wake: () => void = () => undefined;

  constructor(server: ControlPlane, outbox: Outbox, signal: AbortSignal) {
    this.#server = server;
    this.#outbox = outbox;
    this.#signal = signal;
    this.#pending = outbox.eventsAfter(0);
    signal.addEventListener('abort', () => this.#wake(), { once: true });
    this.done = this.#run();
  }

  /** An event was stored. */
  push(event: Event): void {
    this.#pending.push(event);
    this.#wake();
  }

  /** The finish was stored: nothing more comes, so nothing is worth waiting for. */
  finish(): void {
    this.#ended.abort();
    this.#wake();
  }

  async #run(): Promise<'delivered' | 'stale' | 'interrupted'> {
    while (!this.#signal.aborted) {
      try {
        if (this.#pending.length > 0) {
          await this.#append();
          this.#backOff.reset();
          await this.#breathe();
        } else if (this.#outbox.finish) {
          await this.#server.call('finishRun', {
            id: this.#outbox.run.id,
            body: this.#outbox.finish,
            signal: this.#signal,
          });
          this.#outbox.forget();
          return 'delivered';
        } else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
      } catch (error) {
        if (!(error instanceof ControlPlaneError)) throw error;
        if (error.lastSeq !== undefined && (error.code === 'EVENT_GAP' || error.code === 'LOG_INCOMPLETE')) {
          this.#pending = this.#outbox.eventsAfter(error.lastSeq);
        }
        if (['STALE_ATTEMPT', 'NOT_FOUND', 'EVENT_CONFLICT'].includes(error.code)) {
          this.#outbox.forget();
          return 'stale';
        }
        await this.#backOff.wait(error, this.#signal);
      }
    }
    return 'interrupted';
  }

  /** Gathers events between two appends, until the session has ended. */
  async #breathe(): Promise<void> {
    if (this.#outbox.finish) return;
    const signal = AbortSignal.any([this.#signal, this.#ended.signal]);
    await delay(betweenMs, undefined, { signal }).catch(() => undefined);
  }

  async #append(): Promise<void> {
    const batch = this.#batch();
    const agentSessionId = this.#outbox.agentSessionId;
    const { lastSeq } = await this.#server.call('appendEvents', {
      id: this.#outbox.run.id,
      body: {
        token: this.#outbox.run.token,
        events: batch,
        ...(agentSessionId !== undefined && agentSessionId !== this.#sentSession && { agentSessionId }),
      },
      signal: this.#signal,
    });
    this.#sentSession = agentSessionId;
    this.#pending = this.#pending.filter((event) => event.seq > lastSeq);
  }

  #batch(): Event[] {
    const batch: Event[] = [];
    let bytes = 0;
    for (const event of this.#pending.slice(0, maxEventsPerAppend)) {
      bytes += JSON.stringify(event).length;
      if (batch.length > 0 && bytes > mostBytes) break;
      batch.push(event);
    }
    return batch;
  }
}

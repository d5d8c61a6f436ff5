import type { ApprovalState, Decision } from '@agentfleet/contract';
import type { PermissionRequest } from '../agents/agent.js';
import { BackOff } from '../control-plane/back-off.js';
import { type ControlPlane, ControlPlaneError } from '../control-plane/client.js';

/** How long after its time an approval waits for a server that does not answer, ms. */
const graceMs = 60_000;
/** After its time by our clock, so that the database's has come too, ms. */
const lateMs = 50;

/** What became of a permission that a session asked for. */
export interface Settled {
  state: Exclude<ApprovalState, 'waiting'> | 'unasked';
  /** By whom, when it was allowed or denied. */
  decision: Decision | null;
}

/** A permission that waits. */
interface Waiting {
  /** Ends the wait for the next look at the server. */
  settle(settled: Settled): void;
}

/**
 * Where the tool permissions of one attempt wait for people. What a person decides comes with the runner's commands;
 * that nobody did, the server says when it is asked again at the end. Only where it does not answer for long does our
 * own clock decide, as a session must not wait for ever.
 */
export class ApprovalDesk {
  readonly #server: ControlPlane;
  readonly #run: { id: string; token: string };
  readonly #ending: AbortSignal;
  readonly #waiting = new Map<string, Waiting>();

  /** @param ending aborts when the runner goes */
  constructor(server: ControlPlane, run: { id: string; token: string }, ending: AbortSignal) {
    this.#server = server;
    this.#run = run;
    this.#ending = ending;
  }

  /**
   * Resolves when it is settled; `unasked` where the server takes no approvals, or none of this attempt any more.
   * Never rejects.
   * @param waitSec how long it waits for a person, s
   * @param signal aborts when the session no longer waits
   */
  async ask(request: PermissionRequest, waitSec: number, signal: AbortSignal): Promise<Settled> {
    const { requestId } = request;
    const over = new AbortController();
    const settled = new Promise<Settled>((resolve) => {
      const settle = (end: Settled) => {
        over.abort();
        resolve(end);
      };
      this.#waiting.set(requestId, { settle });
      void this.#follow(request, waitSec, AbortSignal.any([over.signal, this.#ending])).then(settle);
      const leave = () => settle({ state: 'withdrawn', decision: null });
      if (signal.aborted) leave();
      else signal.addEventListener('abort', leave, { once: true, signal: over.signal });
    });
    try {
      const end = await settled;
      if (end.state === 'withdrawn') void this.#withdraw(request, waitSec);
      return end;
    } finally {
      this.#waiting.delete(requestId);
    }
  }

  /** A person decided. One that waits no longer, or never did here, is passed over. */
  decide(requestId: string, decision: Decision): void {
    const state = decision.decision === 'allow' ? 'allowed' : 'denied';
    this.#waiting.get(requestId)?.settle({ state, decision });
  }

  /** Asks the server until it says what became of it. */
  async #follow(request: PermissionRequest, waitSec: number, signal: AbortSignal): Promise<Settled> {
    const backOff = new BackOff(this.#server.mostBackOffMs);
    const deadline = performance.now() + waitSec * 1_000 + graceMs;
    while (!signal.aborted && performance.now() < deadline) {
      try {
        const { state, decision, expiresInMs } = await this.#call(request, waitSec, false, signal);
        if (state !== 'waiting') return { state, decision };
        backOff.reset();
        // A server that was away may have come back without it, as with a restored backup: then it is asked again.
        await pause(expiresInMs + lateMs, AbortSignal.any([signal, this.#server.back]));
      } catch (error) {
        if (!(error instanceof ControlPlaneError)) throw error;
        if (isRefusal(error)) return { state: 'unasked', decision: null };
        await backOff.wait(error, signal, this.#server.back);
      }
    }
    return { state: signal.aborted ? 'withdrawn' : 'expired', decision: null };
  }

  /** So that nobody is asked in vain. It costs nothing when it is not heard: the end of the session says the same. */
  async #withdraw(request: PermissionRequest, waitSec: number): Promise<void> {
    const backOff = new BackOff(this.#server.mostBackOffMs);
    const deadline = performance.now() + waitSec * 1_000;
    while (!this.#ending.aborted && performance.now() < deadline) {
      try {
        await this.#call(request, waitSec, true, this.#ending);
        return;
      } catch (error) {
        if (!(error instanceof ControlPlaneError) || isRefusal(error)) return;
        await backOff.wait(error, this.#ending, this.#server.back);
      }
    }
  }

  #call(request: PermissionRequest, waitSec: number, withdrawn: boolean, signal: AbortSignal) {
    const { id, token } = this.#run;
    const body = { token, ...request, waitSec, ...(withdrawn && { withdrawn }) };
    return this.#server.call('requestApproval', { id, body, signal });
  }
}

/** The server has heard it and will not answer otherwise. */
function isRefusal({ isOurs, code, status }: ControlPlaneError): boolean {
  return isOurs && status < 500 && code !== 'RATE_LIMITED';
}

/** Returns early when aborted. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    if (signal.aborted) done();
    else signal.addEventListener('abort', done);
  });
}

import type { ClaimedRun, Command, Failure } from '@agentfleet/contract';
import type { ApprovalDesk } from './approvals/approval-desk.js';
import { BackOff } from './control-plane/back-off.js';
import { type ControlPlane, ControlPlaneError } from './control-plane/client.js';
import type { Execution } from './executor/execute.js';
import type { Delivery } from './outbox/delivery.js';
import { type Loss, surer } from './outbox/put-away.js';
import type { PartialSender } from './partials/partial-sender.js';

/** A run that this runner works on, until its end has reached the server. */
export interface Attempt {
  run: Pick<ClaimedRun, 'id' | 'token'>;
  /** Another attempt may start when the lease runs out. */
  mayRunAgain: boolean;
  /** When the last request that renewed its lease was sent, by the monotonic clock, ms. */
  renewedAt: number;
  /** Undefined once it has ended, or when it was adopted. */
  execution: Execution | undefined;
  delivery: Delivery | undefined;
  /** Of what is being produced; undefined when it was adopted. */
  partials: PartialSender | undefined;
  /** Undefined when it was adopted: its session has ended. */
  desk: ApprovalDesk | undefined;
  /** Why the run is no longer its: the server is not asked again while the session is being ended. */
  lost: Loss | undefined;
  /** Resolves when nothing of it is left here. */
  gone: Promise<void>;
}

/** How a session ends that cannot be told to the server. */
const endings = {
  refused: { code: 'internal', message: 'The server does not take the log of this session.' },
  orphaned: { code: 'internal', message: 'The server does not know this session any more.' },
} as const satisfies Partial<Record<Loss, Failure>>;

/** Ends what is left of an attempt whose run is no longer its. Its log goes on meanwhile: it may be the only one. */
export function lose(attempt: Attempt, loss: Loss): void {
  const { execution, delivery, lost } = attempt;
  attempt.lost = surer(lost, loss);
  // It is being ended already, and asking again would hurry it.
  if (lost !== undefined) return;
  if (loss === 'refused' || loss === 'orphaned') execution?.stop(endings[loss]);
  else execution?.drop();
  delivery?.abandon();
}

export function carryOut(command: Command, { execution, desk }: Attempt): void {
  if (command.kind === 'cancel') execution?.stop();
  else if (command.kind === 'decision') desk?.decide(command.requestId, command.decision);
}

/**
 * Says that the agent is about to be spawned, until the server has answered: whether it is depends on that.
 * @param signal aborts when the session is to be ended. @param ending aborts when the runner goes
 */
export async function start(
  server: ControlPlane,
  attempt: Attempt,
  signal: AbortSignal,
  ending: AbortSignal,
): Promise<'begun' | 'lost'> {
  const { id, token } = attempt.run;
  const backOff = new BackOff(server.mostBackOffMs);
  const over = AbortSignal.any([signal, ending]);
  while (!over.aborted) {
    const sentAt = performance.now();
    try {
      await server.call('startRun', { id, body: { token }, signal: over });
      attempt.renewedAt = sentAt;
      return 'begun';
    } catch (error) {
      if (!(error instanceof ControlPlaneError)) throw error;
      if (error.code === 'STALE_ATTEMPT') return 'lost';
      if (error.code === 'NOT_FOUND') lose(attempt, 'orphaned');
      else await backOff.wait(error, over, server.back);
    }
  }
  // Stopped before it began: the execution knows why. Or the runner goes, and the server offers the run again.
  return signal.aborted ? 'begun' : 'lost';
}

import { isFinal, type Run } from '@agentfleet/contract';
import { useContext } from 'react';
import { RunApprovalsContext } from '../approvals/run-approvals.js';
import type { Item } from '../conversation/items.js';
import { isOutOfReach } from '../ui/run-status.js';
import { FailureNote, needsMore } from './failure-note.js';
import { OutOfReach } from './out-of-reach.js';
import { Queued } from './queued.js';

interface Props {
  run: Run;
  /** The last item of the log. */
  last: Item | undefined;
  /** Something is being produced right above. */
  isLive: boolean;
  /** Another run of the thread goes before it. */
  isLater: boolean;
}

/** What comes after the last event: why nothing happens yet, that something does, or why it ended. */
export function Tail({ run, last, isLive, isLater }: Props) {
  const empty = last === undefined;
  const { waiting } = useContext(RunApprovalsContext);
  if (run.status === 'QUEUED') return <Queued run={run} isLater={isLater} />;
  if (run.failure) {
    // What the agent itself gave as its reason stands right above already.
    const isReason = last?.type === 'error' || (last?.type === 'result' && last.isError);
    const said = isReason && last.text === run.failure.message;
    return said && !needsMore(run.failure) ? null : (
      <FailureNote run={run} failure={run.failure} said={said} />
    );
  }
  if (run.status === 'CANCELLED') return <p className="text-soft">⊘ Cancelled.</p>;
  if (run.eventsPrunedAt && empty) return <p className="text-soft">Its log was removed by retention.</p>;
  if (isFinal(run.status)) return null;
  if (isOutOfReach(run)) return <OutOfReach run={run} />;
  if (waiting.length > 0) {
    return (
      <p className="text-warn">
        <span aria-hidden="true" className="font-mono">
          ◆
        </span>{' '}
        Waiting for you
      </p>
    );
  }
  return (
    <p role="status" className="text-accent">
      <span aria-hidden="true" className="breathing font-mono">
        ●
      </span>{' '}
      {run.stalledAt ? 'No output for a while…' : empty && !isLive ? 'Starting…' : 'Working…'}
    </p>
  );
}

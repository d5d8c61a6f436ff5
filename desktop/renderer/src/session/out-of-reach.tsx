import type { Run } from '@agentfleet/contract';
import { Unplug } from 'lucide-react';
import { outOfReachSince } from '../ui/run-status.js';
import { useNow } from '../ui/use-now.js';

/** Nobody hears of a session that is not over: since when, and what that means for it and for who wants to end it. */
export function OutOfReach({ run }: { run: Run }) {
  const now = useNow(15_000);
  return (
    <div role="status" className="flex items-start gap-2 rounded-md bg-warn-soft px-3 py-2 text-warn">
      <Unplug aria-hidden="true" size={15} className="mt-0.5 shrink-0" />
      <div>
        <p className="font-semibold">{outOfReachSince(run, now)}</p>
        <p>
          {run.cancelRequestedAt === null
            ? 'Its runner does not answer. The session may go on there, and what it says comes when the runner is back.'
            : 'Its runner does not answer. Cancelling will be carried out when the runner is back.'}
        </p>
      </div>
    </div>
  );
}

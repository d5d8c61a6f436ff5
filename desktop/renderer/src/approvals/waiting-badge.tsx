import { withHiddenSpelled } from '@agentfleet/contract';
import { Link } from 'wouter';
import { askToShow } from './ask-to-show.js';
import { useWaiting } from './use-waiting.js';
import { askedWords } from './words.js';

/** How many tools wait for a person: leads to the session, or to the list of them where it is several. */
export function WaitingBadge() {
  const { waiting, count } = useWaiting();
  const [first] = waiting;
  if (!first) return null;
  const one = waiting.every(({ runId }) => runId === first.runId);
  return (
    <Link
      href={one ? `/sessions/${first.runId}` : '/sessions?waiting=true'}
      onClick={() => one && askToShow(first.runId)}
      className="inline-flex min-h-7 items-center gap-1 whitespace-nowrap rounded-full bg-warn-soft px-1.5 sm:mr-1 sm:gap-1.5 sm:px-2.5 font-medium text-[13px] text-warn tabular-nums hover:underline"
      title={withHiddenSpelled(askedWords(first))}
    >
      <span aria-hidden="true" className="font-mono">
        ◆
      </span>
      {count}
      <span className="max-sm:sr-only"> waiting</span>
    </Link>
  );
}

import type { Run } from '@agentfleet/contract';
import { memo } from 'react';
import { Link } from 'wouter';
import { promptOf } from '../../sessions/prompt-of.js';
import { firstLine } from '../../ui/format.js';
import { RunStatusMark } from '../../ui/run-status.js';
import { Seen } from '../../ui/seen.js';
import { lastLine } from './last-line.js';

interface Props {
  threadId: string;
  run: Run;
  first: Run;
  isHere: boolean;
}

/** A thread in three short lines: what it is about, what it said last, how it stands. */
export const SideRow = memo(function SideRow({ threadId, run, first, isHere }: Props) {
  const line = lastLine(run);
  return (
    <Link
      href={`/sessions/${run.id}`}
      data-thread={threadId}
      aria-current={isHere ? 'page' : undefined}
      className={`side-row flex flex-col px-3 py-1.5 ${isHere ? 'bg-accent-soft' : 'hover:bg-sunken'}`}
    >
      <span className="truncate" dir="auto">
        <Seen text={firstLine(promptOf(first))} />
      </span>
      <span className="truncate text-soft text-xs" dir="auto">
        {line === undefined ? '\u00a0' : <Seen text={line} />}
      </span>
      <span className="text-xs">
        <RunStatusMark run={run} />
      </span>
    </Link>
  );
});

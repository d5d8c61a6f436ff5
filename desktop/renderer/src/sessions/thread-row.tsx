import { type Run, withHiddenSpelled } from '@agentfleet/contract';
import { ChevronRight } from 'lucide-react';
import { firstLine, formatCost } from '../ui/format.js';
import { waitsForYou } from '../ui/run-status.js';
import type { Thread } from './group-threads.js';
import { promptOf } from './prompt-of.js';
import { SessionRow } from './session-row.js';
import type { Selection } from './use-selection.js';

interface Props {
  thread: Thread;
  runnerName: string | undefined;
  open: boolean;
  onToggle: () => void;
  selection: Selection;
}

/** The session that stands for the thread: what waits for a person, else the newest. */
export const shownOf = ({ runs, newest }: Thread): Run => runs.find(waitsForYou) ?? newest;

/** A thread by what it began with, how its newest session stands, or the one that waits for a person, and what all of it cost. */
export function ThreadRow({ thread, runnerName, open, onToggle, selection }: Props) {
  const { runs, costUsd } = thread;
  const toggle = (
    <button
      type="button"
      className="button quiet icon thread-toggle mt-1 !min-h-7 !w-11 shrink-0 gap-0.5 text-[12px] tabular-nums"
      aria-expanded={open}
      aria-label={`The ${runs.length} sessions of this thread: ${withHiddenSpelled(firstLine(promptOf(runs[0]))).slice(0, 100)}`}
      onClick={onToggle}
    >
      <ChevronRight aria-hidden="true" size={15} className={open ? 'rotate-90' : ''} />
      {runs.length}
    </button>
  );
  return (
    <SessionRow
      run={shownOf(thread)}
      runnerName={runnerName}
      prompt={promptOf(runs[0])}
      cost={costUsd === null ? undefined : formatCost(costUsd)}
      selection={selection}
      before={runs.length > 1 ? toggle : <span className="w-11 shrink-0" />}
    />
  );
}

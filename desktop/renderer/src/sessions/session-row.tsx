import { withHiddenSpelled } from '@agentfleet/contract';
import { CornerDownRight } from 'lucide-react';
import { memo, type ReactNode } from 'react';
import { Link } from 'wouter';
import { Age } from '../ui/age.js';
import { FolderName } from '../ui/folder-name.js';
import { firstLine, shortDirectory } from '../ui/format.js';
import { RunStatusMark } from '../ui/run-status.js';
import { Seen } from '../ui/seen.js';
import { promptOf } from './prompt-of.js';
import { type ListedRun, RowLine } from './row-line.js';
import { RunDuration } from './run-duration.js';
import { runCost, runTokens } from './run-figures.js';
import type { Selection } from './use-selection.js';

/** The columns where there is room for them; the head of the list has the same. */
export const columns = '@min-[1000px]:grid-cols-[9.25rem_minmax(0,1fr)_8.5rem_10rem_6.5rem_4.5rem_4rem_6rem]';

interface Props {
  run: ListedRun;
  /** undefined while no runner has it; null where it goes without saying. */
  runnerName: string | undefined | null;
  /** In a thread that is unfolded. */
  nested?: boolean;
  /** In the place of the prompt, the cost and what stands before. */
  prompt?: string;
  cost?: string | undefined;
  before?: ReactNode;
  selection?: Selection;
}

/** One session: what was asked, where, and at what price. One line where there is room, else two, on a phone three. */
export const SessionRow = memo(function SessionRow({
  run,
  runnerName,
  nested = false,
  prompt = promptOf(run),
  cost = runCost(run),
  before,
  selection,
}: Props) {
  const runner = runnerName === null ? '' : (runnerName ?? 'any runner');
  const tokens = runTokens(run);
  return (
    <div
      className={`flex items-start rounded-md focus-within:bg-sunken hover:bg-sunken ${nested ? 'pl-16' : ''}`}
    >
      {selection?.isOn && <Select run={run} selection={selection} />}
      {before}
      <Link
        href={`/sessions/${run.id}`}
        className={`grid min-w-0 flex-1 grid-cols-[1fr_auto] gap-x-3 gap-y-0.5 rounded-md px-2 py-2 sm:grid-cols-[9.25rem_minmax(0,1fr)_11.25rem_6.5rem] ${columns}`}
      >
        <span className="order-2 sm:order-none">
          <RunStatusMark run={run} />
        </span>
        <span className="col-span-2 flex min-w-0 flex-col @min-[1000px]:col-span-1">
          <span className="flex min-w-0 items-center gap-1.5">
            {run.parentRunId && prompt === promptOf(run) && (
              <CornerDownRight role="img" aria-label="Follow-up" size={14} className="shrink-0 text-soft" />
            )}
            <span className="truncate font-medium" dir="auto">
              <Seen text={firstLine(prompt)} />
            </span>
            <span className="hidden shrink-0 gap-1 empty:hidden @min-[1000px]:flex">
              {run.labels.slice(0, 3).map((label) => (
                <span key={label} className="tag max-w-28 truncate">
                  <Seen text={label} />
                </span>
              ))}
            </span>
          </span>
          <RowLine run={run} note={selection?.notes.get(run.id)} />
        </span>
        <span className="order-5 col-span-2 flex min-w-0 gap-1 text-soft sm:order-6 sm:col-span-1 sm:col-start-2 @min-[1000px]:order-none @min-[1000px]:col-start-auto">
          {runner && (
            <span className="max-w-[60%] shrink-0 truncate @min-[1000px]:max-w-full">
              <Seen text={runner} />
            </span>
          )}
          <span className="min-w-0 truncate @min-[1000px]:hidden">
            {runner && '· '}
            <Seen text={shortDirectory(run.cwd)} />
          </span>
        </span>
        <span className="hidden min-w-0 text-soft @min-[1000px]:block">
          <FolderName path={run.cwd} />
        </span>
        <span className="order-3 flex justify-end gap-x-3 whitespace-nowrap text-soft tabular-nums sm:order-7 sm:col-span-2 sm:grid sm:grid-cols-[1fr_4rem_6.5rem] @min-[1000px]:contents">
          <Figure name="Duration">
            <RunDuration run={run} />
          </Figure>
          <Figure name="Cost">{cost}</Figure>
          <Figure name="Tokens" small>
            {tokens}
            {tokens && <span className="@min-[1000px]:hidden"> tokens</span>}
          </Figure>
          <Age at={run.createdAt} className="text-right sm:hidden @min-[1000px]:block" />
        </span>
        <Age
          at={run.createdAt}
          className="order-5 hidden text-right text-soft sm:order-none sm:block @min-[1000px]:hidden"
        />
      </Link>
    </div>
  );
});

function Select({ run, selection }: { run: ListedRun; selection: Selection }) {
  return (
    <label className="flex min-h-9 shrink-0 cursor-pointer items-center px-2.5">
      <input
        type="checkbox"
        className="size-4"
        aria-label={`Select ${withHiddenSpelled(firstLine(promptOf(run))).slice(0, 100)}`}
        checked={selection.selected.has(run.id)}
        onChange={() => selection.toggle(run.id)}
      />
    </label>
  );
}

interface FigureProps {
  name: string;
  /** Left out on a phone. */
  small?: boolean;
  children: ReactNode;
}

function Figure({ name, small = false, children }: FigureProps) {
  return (
    <span
      className={`text-right empty:hidden sm:empty:block ${small ? 'hidden sm:block' : ''}`}
      title={children ? name : undefined}
    >
      {children}
    </span>
  );
}

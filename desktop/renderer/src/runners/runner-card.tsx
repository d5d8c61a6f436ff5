import { type Runner, withHiddenSpelled } from '@agentfleet/contract';
import { Link } from 'wouter';
import type { ListedRun } from '../sessions/row-line.js';
import { Age } from '../ui/age.js';
import { Seen } from '../ui/seen.js';
import { LastFailure } from './last-failure.js';
import { PauseControl } from './pause-control.js';
import { isPaused, PausedWords } from './paused-words.js';
import { platformWord } from './platforms.js';
import { RunnerLoad } from './runner-load.js';
import { RunnerStateMark } from './runner-state.js';
import { RunningNow } from './running-now.js';
import { ThisComputerMark } from './this-computer-mark.js';

interface Props {
  runner: Runner;
  running: readonly ListedRun[];
  /** From here on nobody is there. */
  isFirstAway: boolean;
}

/** A machine at a glance: whether it is there, what it works on, and what went wrong. */
export function RunnerCard({ runner, running, isFirstAway }: Props) {
  return (
    <li
      className={`panel flex flex-col gap-2.5 ${isFirstAway ? 'mt-4' : ''} ${runner.online ? '' : '!bg-paper'}`}
    >
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <h2 className="min-w-0 font-semibold text-base">
          <Link href={`/runners/${runner.id}`} className="block truncate py-0.5 hover:text-accent">
            <Seen text={runner.name} />
          </Link>
        </h2>
        <ThisComputerMark runnerId={runner.id} />
        <RunnerStateMark runner={runner} />
        <span className="flex w-full items-center justify-between gap-4 sm:ml-auto sm:w-auto">
          {(runner.online || runner.activeRuns > 0) && <RunnerLoad runner={runner} />}
          <PauseControl runner={runner} />
        </span>
      </div>
      {isPaused(runner) && (
        <p className="text-warn">
          <PausedWords runner={runner} />
        </p>
      )}
      {runner.credential?.conflictAt && (
        <p className="text-bad">
          Its credential was used from two places at once <Age at={runner.credential.conflictAt} />
        </p>
      )}
      <RunningNow runs={running} runnerId={runner.id} name={runner.name} />
      <LastFailure runner={runner} />
      <ul className="flex flex-wrap gap-1.5" aria-label={withHiddenSpelled(`Folders of ${runner.name}`)}>
        {runner.directories.map((directory) => (
          <li key={directory} className="break-all rounded bg-sunken px-1.5 py-0.5 font-mono text-[12.5px]">
            <Seen text={directory} />
          </li>
        ))}
      </ul>
      <p className="text-soft [overflow-wrap:anywhere]">
        <Seen text={runner.hostname} /> · {platformWord(runner.platform)} {runner.arch} · runner{' '}
        {runner.version} ·{' '}
        {runner.agentVersion ? (
          `Claude Code ${runner.agentVersion}`
        ) : (
          <span className="text-bad">Claude Code was not found on this machine</span>
        )}
      </p>
    </li>
  );
}

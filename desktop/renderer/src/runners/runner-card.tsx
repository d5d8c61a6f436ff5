import type { Runner } from '@agentfleet/contract';
import { Link } from 'wouter';
import { Age } from '../ui/age.js';
import { PauseControl } from './pause-control.js';
import { platformWord } from './platforms.js';
import { RunnerLoad } from './runner-load.js';
import { RunnerStateMark } from './runner-state.js';

/** A machine at a glance. */
export function RunnerCard({ runner }: { runner: Runner }) {
  return (
    <li className="panel flex flex-col gap-2.5">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <h2 className="min-w-0 font-semibold text-base">
          <Link href={`/runners/${runner.id}`} className="block truncate py-0.5 hover:text-accent">
            {runner.name}
          </Link>
        </h2>
        <RunnerStateMark runner={runner} />
        <span className="flex w-full items-center justify-between gap-4 sm:ml-auto sm:w-auto">
          <RunnerLoad runner={runner} />
          <PauseControl runner={runner} />
        </span>
      </div>
      {runner.pausedAt && (
        <p className="text-warn">
          Paused <Age at={runner.pausedAt} />
          {runner.pauseNote && `: ${runner.pauseNote}`}
        </p>
      )}
      {runner.credential?.conflictAt && (
        <p className="text-bad">
          Its credential was used from two places at once <Age at={runner.credential.conflictAt} />
        </p>
      )}
      <ul className="flex flex-wrap gap-1.5" aria-label="Folders">
        {runner.directories.map((directory) => (
          <li key={directory} className="break-all rounded bg-sunken px-1.5 py-0.5 font-mono text-[12.5px]">
            {directory}
          </li>
        ))}
      </ul>
      <p className="text-soft">
        {runner.hostname} · {platformWord(runner.platform)} {runner.arch} · runner {runner.version} ·{' '}
        {runner.agentVersion ? (
          `Claude Code ${runner.agentVersion}`
        ) : (
          <span className="text-bad">Claude Code was not found on this machine</span>
        )}
      </p>
    </li>
  );
}

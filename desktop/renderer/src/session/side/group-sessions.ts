import { isFinal, type Run, type RunRow } from '@agentfleet/contract';
import { groupThreads } from '../../sessions/group-threads.js';
import { waitsForYou } from '../../ui/run-status.js';

/** A thread in the list beside a session. */
export interface SideThread {
  id: string;
  /** The one that says how the thread stands: what waits for a person, else what goes on, else what ended last. */
  run: Run;
  /** What it began with, as far as that is known. */
  first: Run;
  /** Ids of its runs. */
  runIds: readonly string[];
}

export interface SideGroup {
  name: string;
  threads: readonly SideThread[];
}

/** The threads by what they need: those that wait for a person, that run, that stand in the queue, and that ended. */
export function groupSessions(runs: readonly RunRow[] | readonly Run[]): SideGroup[] {
  const threads = groupThreads(runs).map(({ id, runs: own, newest }): SideThread => {
    const goesOn = own.find(({ status }) => status === 'RUNNING' || status === 'CLAIMED');
    const run = own.find(waitsForYou) ?? goesOn ?? own.find(({ status }) => !isFinal(status)) ?? newest;
    return { id, run, first: own[0], runIds: own.map((each) => each.id) };
  });
  const groups: SideGroup[] = [
    { name: 'Waiting for you', threads: threads.filter(({ run }) => waitsForYou(run)) },
    { name: 'Running', threads: threads.filter(({ run }) => isRunning(run)) },
    { name: 'Queued', threads: threads.filter(({ run }) => run.status === 'QUEUED') },
    { name: 'Ended', threads: threads.filter(({ run }) => isFinal(run.status)) },
  ];
  return groups.filter((group) => group.threads.length > 0);
}

const isRunning = (run: Run) => (run.status === 'RUNNING' || run.status === 'CLAIMED') && !waitsForYou(run);

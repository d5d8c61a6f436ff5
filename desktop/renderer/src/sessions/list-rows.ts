import { isFinal, type Run } from '@agentfleet/contract';
import { waitsForYou } from '../ui/run-status.js';
import { groupThreads, type Thread } from './group-threads.js';
import type { ListedRun } from './row-line.js';
import type { Grouping } from './session-filter.js';

/** What the list draws as a row: a session, a thread, or the name of what comes below it. */
export type Row = { key: string } & (
  | { run: ListedRun; nested: boolean }
  | { thread: Thread }
  | { heading: string; count: number }
);

/** @param open keys of the threads that are unfolded */
export function rowsOf(runs: readonly Run[], group: Grouping, open: ReadonlySet<string>): Row[] {
  if (group === 'thread') return threadRows(runs, open);
  if (group === 'state') return stateRows(runs);
  return runs.map((run) => ({ key: run.id, run, nested: false }));
}

function threadRows(runs: readonly Run[], open: ReadonlySet<string>): Row[] {
  return groupThreads(runs).flatMap((thread) => [
    { key: thread.id, thread },
    ...(open.has(thread.id) && thread.runs.length > 1
      ? thread.runs.map((run) => ({ key: `${thread.id} ${run.id}`, run, nested: true }))
      : []),
  ]);
}

/** What needs a person first. */
const states: readonly (readonly [string, (run: Run) => boolean])[] = [
  ['Waiting for you', waitsForYou],
  ['Running', ({ status }) => status === 'RUNNING' || status === 'CLAIMED'],
  ['Queued', ({ status }) => status === 'QUEUED'],
  ['Ended', ({ status }) => isFinal(status)],
];

function stateRows(runs: readonly Run[]): Row[] {
  const byState = new Map<string, Run[]>();
  for (const run of runs) {
    const [name = ''] = states.find(([, is]) => is(run)) ?? [];
    byState.set(name, [...(byState.get(name) ?? []), run]);
  }
  return states.flatMap(([heading]) => {
    const here = byState.get(heading) ?? [];
    if (here.length === 0) return [];
    const rows = here.map((run) => ({ key: run.id, run, nested: false }));
    return [{ key: `state ${heading}`, heading, count: here.length }, ...rows];
  });
}

import type { ApprovalRow, Run } from '@agentfleet/contract';
import { useCallback, useState } from 'react';

/** One thing that is asked, as it was found when it was last seen to wait. */
export interface Entry {
  row: ApprovalRow;
  run: Run;
  /** Whether it still does. */
  waits: boolean;
}

/** What waits, and what did while one looked, in the order in which it came. */
export function useInbox(waiting: readonly ApprovalRow[], runs: readonly Run[]) {
  const [kept, setKept] = useState<readonly Entry[]>([]);
  const entries = keep(kept, waiting, runs);
  if (entries !== kept) setKept(entries);
  const forgetAnswered = useCallback(() => setKept((before) => before.filter(({ waits }) => waits)), []);
  return { entries, forgetAnswered };
}

/**
 * Each keeps its place; what is new comes behind, what has least time first.
 * @returns `kept` itself where nothing has changed
 */
export function keep(
  kept: readonly Entry[],
  waiting: readonly ApprovalRow[],
  runs: readonly Run[],
): readonly Entry[] {
  const rows = new Map(waiting.map((row) => [row.id, row]));
  const byId = new Map(runs.map((run) => [run.id, run]));
  const now = kept.map((entry) => {
    const row = rows.get(entry.row.id);
    const run = byId.get(entry.run.id) ?? entry.run;
    const waits = row !== undefined;
    return waits === entry.waits && run === entry.run ? entry : { row: row ?? entry.row, run, waits };
  });
  const known = new Set(kept.map(({ row }) => row.id));
  const fresh = waiting.flatMap((row) => {
    const run = byId.get(row.runId);
    return run && !known.has(row.id) ? [{ row, run, waits: true }] : [];
  });
  fresh.sort((one, other) => (one.row.expiresAt < other.row.expiresAt ? -1 : 1));
  const isSame = fresh.length === 0 && now.every((entry, index) => entry === kept[index]);
  return isSame ? kept : [...now, ...fresh];
}

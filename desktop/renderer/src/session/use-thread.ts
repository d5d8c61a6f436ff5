import { isFinal, type Run, type RunRow } from '@agentfleet/contract';
import { type QueryClient, useQueries, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useRef, useState } from 'react';
import { slowLookMs } from '../base/queries.js';
import { useTransport } from '../base/transport-context.js';

/** Runs of a thread that are read at a time. */
const pageSize = 200;
/** Runs of a thread that are looked at one by one, at most: what goes on, and what is next. */
const mostLive = 3;

/** ms between two looks at why something waits. */
const queuedLookMs = 5_000;

/** Every query of a thread begins with this. */
export const threadKey = (threadId: string) => ['thread', threadId] as const;
const runKey = (runId: string) => ['run', runId] as const;

/** The thread of a run: all its runs, oldest first, as they are now. */
export interface ThreadRuns {
  threadId: string;
  runs: readonly Run[];
  /** There are older ones than those. */
  hasOlder: boolean;
  /** Reads the ones before. Rejects with a TransportError. */
  fetchOlder: () => Promise<void>;
  /** Reads all of them. @returns false where that failed */
  fetchAllOlder: () => Promise<boolean>;
}

/** @returns the thread once it is there, and why not */
export function useThread(runId: string): {
  thread: ThreadRuns | undefined;
  error: unknown;
  retry: () => void;
} {
  const transport = useTransport();
  const queries = useQueryClient();
  const run = useQuery({ ...runQuery(transport, runId), placeholderData: () => knownRun(queries, runId) });
  const threadId = run.data?.threadId;
  const list = useQuery({
    queryKey: threadKey(threadId ?? ''),
    queryFn: () => transport.listRuns({ threadId: threadId ?? '', limit: pageSize }),
    enabled: threadId !== undefined,
  });
  const older = useOlder(threadId);
  const listed = list.data?.data;
  const live = useMemo(
    () =>
      (listed ?? [])
        .filter(({ id, status }) => id !== runId && !isFinal(status))
        .slice(-mostLive)
        .map(({ id }) => id),
    [listed, runId],
  );
  // A list has neither long prompts whole nor why something waits.
  const wholeOnes = useQueries({ queries: live.map((id) => runQuery(transport, id)) });
  const whole = [run.data, ...wholeOnes.map(({ data }) => data)];
  const runs = useSame(threadId && run.data ? merge([...older.rows, ...(listed ?? [])], whole) : undefined);
  const cursor = older.cursor === undefined ? list.data?.nextCursor : older.cursor;
  const isThere = runs !== undefined && (listed !== undefined || list.error !== null);
  return {
    thread:
      isThere && threadId
        ? {
            threadId,
            runs,
            hasOlder: !!cursor,
            fetchOlder: async () => void (await older.fetch(cursor ?? null)),
            fetchAllOlder: () => older.fetchAll(cursor ?? null),
          }
        : undefined,
    error: run.error,
    retry: () => void run.refetch(),
  };
}

function runQuery(transport: ReturnType<typeof useTransport>, runId: string) {
  return {
    queryKey: runKey(runId),
    queryFn: () => transport.getRun(runId),
    // Why it waits changes with others, which nobody tells of.
    refetchInterval: ({ state }: { state: { data: Run | undefined } }) =>
      state.data?.status === 'QUEUED' ? queuedLookMs : slowLookMs,
  };
}

/** Pages of a thread before its newest one. */
function useOlder(threadId: string | undefined) {
  const transport = useTransport();
  const [pages, setPages] = useState<{ of: string; rows: readonly RunRow[]; cursor: string | null }>();
  const mine = pages?.of === threadId ? pages : undefined;
  const fetch = async (cursor: string | null) => {
    if (cursor === null || threadId === undefined) return null;
    const page = await transport.listRuns({ threadId, limit: pageSize, cursor });
    setPages((before) => ({
      of: threadId,
      rows: [...(before?.of === threadId ? before.rows : []), ...page.data],
      cursor: page.nextCursor,
    }));
    return page.nextCursor;
  };
  const fetchAll = async (from: string | null) => {
    if (from === null) return true;
    try {
      for (let cursor: string | null = from; cursor !== null; ) cursor = await fetch(cursor);
      // They are of the thread once they are drawn.
      await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)));
      return true;
    } catch {
      return false;
    }
  };
  return { rows: mine?.rows ?? [], cursor: mine?.cursor, fetch, fetchAll };
}

/** What is known of a run before the server says it: the row that a list of its thread has. */
function knownRun(queries: QueryClient, runId: string): Run | undefined {
  for (const [, page] of queries.getQueriesData<{ data: readonly RunRow[] }>({ queryKey: ['thread'] })) {
    const row = page?.data.find(({ id }) => id === runId);
    if (row) return row;
  }
  return undefined;
}

/** A whole one takes the place of its row. @returns oldest first; ids are in the order in which runs were made */
function merge(rows: readonly Run[], whole: readonly (Run | undefined)[]): Run[] {
  const runs = new Map(rows.map((row) => [row.id, row]));
  for (const run of whole) if (run) runs.set(run.id, run);
  return [...runs.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
}

/** The same array as long as the same runs are in it. */
function useSame(runs: Run[] | undefined): Run[] | undefined {
  const kept = useRef(runs);
  const before = kept.current;
  const isSame =
    before !== undefined &&
    runs?.length === before.length &&
    runs.every((run, place) => run === before[place]);
  if (!isSame) kept.current = runs;
  return kept.current;
}

/** Takes a run that was just made into its thread, without waiting for the next look. */
export function addToThread(queries: QueryClient, run: Run): void {
  queries.setQueryData<Run>(runKey(run.id), run);
  void queries.invalidateQueries({ queryKey: ['thread'] });
  void queries.invalidateQueries({ queryKey: ['runs'] });
}

import { type Approval, type ApprovalRow, isFinal, type Run } from '@agentfleet/contract';
import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, useContext, useEffect, useMemo } from 'react';
import { useTransport } from '../base/transport-context.js';
import { type Transport, TransportError } from '../transport/transport.js';
import { nextLookMs } from './next-look.js';

/** What is known of the tools that a session waits for, or waited for while it was looked at; oldest first. */
export interface RunApprovals {
  all: readonly Approval[];
  waiting: readonly Approval[];
  /** The folder of the session. */
  cwd: string;
}

const none: RunApprovals = { all: [], waiting: [], cwd: '' };

/** Of the session on the screen. */
export const RunApprovalsContext = createContext<RunApprovals>(none);

/** The one that a call of a tool waits for, or waited for while it was looked at. */
export function useApprovalOf(callId: string | undefined): Approval | undefined {
  const { all } = useContext(RunApprovalsContext);
  return callId === undefined ? undefined : all.findLast(({ toolUseId }) => toolUseId === callId);
}

export const runApprovalsKey = (runId: string) => ['approvals', 'run', runId] as const;

/**
 * The approvals of a session that is looked at. They are asked for when its log speaks of one, when the run counts
 * others than before, when the server tells that one changed, and when the time of one is up; of a session that asks for nothing, never.
 * @param lastAsked seq of the newest event that speaks of one
 */
export function useRunApprovals(run: Run, lastAsked: number): RunApprovals {
  const transport = useTransport();
  const queries = useQueryClient();
  const key = runApprovalsKey(run.id);
  const over = isFinal(run.status);
  const found = useQuery({
    queryKey: key,
    queryFn: () => look(transport, queries, run.id),
    enabled: ({ state }) => (!over && (run.approvalsWaiting > 0 || lastAsked > 0)) || someWait(state.data),
    refetchInterval: ({ state }) => nextLookMs(state.data),
  });
  const { refetch } = found;
  const asking = found.data !== undefined || (!over && (run.approvalsWaiting > 0 || lastAsked > 0));
  // biome-ignore lint/correctness/useExhaustiveDependencies: what tells that there is something new
  useEffect(() => {
    if (asking) void refetch();
  }, [asking, refetch, lastAsked, run.approvalsWaiting, over]);
  return useMemo(() => {
    const all = found.data ?? [];
    return { all, waiting: all.filter(({ state }) => state === 'waiting'), cwd: run.cwd };
  }, [found.data, run.cwd]);
}

const someWait = (approvals: readonly Approval[] | undefined) =>
  approvals?.some(({ state }) => state === 'waiting') === true;

/** Those that wait, and what became of those that waited at the look before. */
async function look(transport: Transport, queries: QueryClient, runId: string): Promise<Approval[]> {
  const before = queries.getQueryData<Approval[]>(runApprovalsKey(runId)) ?? [];
  const listed = await transport.listApprovals({ runId, state: 'waiting', limit: 200 });
  const waiting = (await Promise.all(listed.data.map((row) => whole(transport, row, before)))).filter(
    isThere,
  );
  const still = new Set(waiting.map(({ id }) => id));
  const known = before.filter(({ id }) => !still.has(id));
  const closed = await Promise.all(known.map((one) => (one.state === 'waiting' ? now(transport, one) : one)));
  const all = [...closed.filter(isThere), ...waiting];
  return all.sort((one, other) => (one.id < other.id ? -1 : 1));
}

const isThere = (one: Approval | undefined) => one !== undefined;

/** Nobody allows what is only shown in part: what a list has cut is read itself, once. */
async function whole(transport: Transport, row: ApprovalRow, before: readonly Approval[]) {
  if (!row.truncated) return row;
  return before.find(({ id, state }) => id === row.id && state === 'waiting') ?? now(transport, row);
}

/** undefined where retention removed it meanwhile. */
async function now(transport: Transport, { id }: Approval): Promise<Approval | undefined> {
  try {
    return await transport.getApproval(id);
  } catch (error) {
    if (error instanceof TransportError && error.code === 'NOT_FOUND') return undefined;
    throw error;
  }
}

import type { ApprovalRow } from '@agentfleet/contract';
import { useQuery } from '@tanstack/react-query';
import { useTransport } from '../base/transport-context.js';
import { nextLookMs } from './next-look.js';

/** More than anybody counts. */
const most = 100;
const none: readonly ApprovalRow[] = [];

/** Every tool of the org that waits for a person, newest first. */
export function useWaiting(): { waiting: readonly ApprovalRow[]; count: number } {
  const transport = useTransport();
  const found = useQuery({
    queryKey: ['approvals', 'waiting'],
    queryFn: () => transport.listApprovals({ state: 'waiting', limit: most }),
    refetchInterval: ({ state }) => nextLookMs(state.data?.data),
    // The tab is looked at when it is not the one in front.
    refetchIntervalInBackground: true,
  });
  const waiting = found.data?.data ?? none;
  return { waiting, count: waiting.length };
}

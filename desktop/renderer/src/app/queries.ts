import { QueryClient } from '@tanstack/react-query';
import { TransportError } from '../transport/transport.js';

/** How often what the server tells the changes of is looked at all the same, ms, for what was missed by whatever fault. */
export const slowLookMs = 60_000;

/** What the server tells the changes of: app/live.ts. */
export const liveKinds = ['runs', 'run', 'thread', 'runners', 'runner', 'queue', 'approvals'] as const;

/** What the screens have asked, shared by all of them. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 1_000,
      retry: (failures, error) => error instanceof TransportError && error.isTransient && failures < 3,
    },
  },
});
for (const kind of liveKinds) {
  queries.setQueryDefaults([kind], { staleTime: Number.POSITIVE_INFINITY, refetchInterval: slowLookMs });
}

import { QueryClient } from '@tanstack/react-query';
import { TransportError } from '../transport/transport.js';

/** How often what the server tells the changes of is looked at all the same, ms, for what was missed by whatever fault. */
export const slowLookMs = 60_000;

/** What the server tells the changes of: app/live.ts. */
export const liveKinds = ['runs', 'run', 'thread', 'runners', 'runner', 'queue', 'approvals'] as const;

/** How often what fails is asked again before that is said to be the end of it, and where the server told when to come again. */
const retries = 3;
const toldRetries = 30;
/** Until it is, ms, where it did not tell, for the first time and at most. */
const retryMs = { first: 1_000, most: 30_000 };

/** Told by the server: it is asked again by itself when that time has passed. */
export const retryAfterSec = (error: unknown): number | undefined =>
  error instanceof TransportError && error.isTransient ? error.retryAfterSec : undefined;

/** What the screens have asked, shared by all of them. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 1_000,
      retry: (failures, error) =>
        error instanceof TransportError &&
        error.isTransient &&
        failures < (error.retryAfterSec === undefined ? retries : toldRetries),
      // Those who were refused together do not come again together.
      retryDelay: (failures, error) =>
        (retryAfterSec(error) ?? 0) * 1_000 * (1 + Math.random() / 4) ||
        Math.min(retryMs.first * 2 ** failures, retryMs.most),
    },
  },
});
for (const kind of liveKinds) {
  queries.setQueryDefaults([kind], { staleTime: Number.POSITIVE_INFINITY, refetchInterval: slowLookMs });
}

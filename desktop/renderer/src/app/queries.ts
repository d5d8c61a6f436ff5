import { QueryClient } from '@tanstack/react-query';
import { TransportError } from '../transport/transport.js';

/** What the screens have asked, shared by all of them. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 1_000,
      retry: (failures, error) => error instanceof TransportError && error.isTransient && failures < 3,
    },
  },
});

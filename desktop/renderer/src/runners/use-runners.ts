import { useQuery } from '@tanstack/react-query';
import { useTransport } from '../app/transport-context.js';

/** The org's runners. Screens that live by them ask more often; others share what those found. */
export function useRunners(everyMs = 10_000) {
  const transport = useTransport();
  return useQuery({
    queryKey: ['runners'],
    queryFn: () => transport.listRunners(),
    refetchInterval: everyMs,
  });
}

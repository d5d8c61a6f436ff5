import { useQuery } from '@tanstack/react-query';
import { useTransport } from '../base/transport-context.js';

/** The org's runners. */
export function useRunners() {
  const transport = useTransport();
  return useQuery({ queryKey: ['runners'], queryFn: () => transport.listRunners() });
}

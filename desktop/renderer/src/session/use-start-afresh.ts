import type { Run } from '@agentfleet/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useLocation } from 'wouter';
import { useTransport } from '../base/transport-context.js';
import { addToThread } from './use-thread.js';

/** Goes on after a session that cannot be resumed: in a new one, by default with the same prompt. */
export function useStartAfresh(run: Run) {
  const transport = useTransport();
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  return useMutation({
    mutationFn: (prompt: string | undefined) =>
      transport.followUp(run.id, { fresh: true, ...(prompt === undefined ? {} : { prompt }) }),
    onSuccess: (child) => {
      addToThread(queries, child);
      navigate(`/sessions/${child.id}`);
    },
  });
}

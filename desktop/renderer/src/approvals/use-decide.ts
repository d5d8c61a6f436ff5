import type { Approval, BodyInputOf } from '@agentfleet/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTransport } from '../base/transport-context.js';
import { TransportError } from '../transport/transport.js';
import { runApprovalsKey } from './run-approvals.js';

export type Decide = BodyInputOf<'decideApproval'>;

/** One approval by itself, as lists do not have it. */
export const approvalKey = (id: string) => ['approvals', 'one', id] as const;

/**
 * Allows or denies. What is shown is what the server answered; while it does not answer, the approval waits as before
 * and can be decided again. @param onDecided called before anything is drawn anew
 */
export function useDecide(approval: Approval, onDecided: () => void) {
  const transport = useTransport();
  const queries = useQueryClient();
  const key = runApprovalsKey(approval.runId);
  const seeAnew = () => {
    void queries.invalidateQueries({ queryKey: ['approvals'] });
    void queries.invalidateQueries({ queryKey: ['run', approval.runId] });
    void queries.invalidateQueries({ queryKey: ['runs'] });
  };
  return useMutation({
    mutationFn: (decision: Decide) => transport.decideApproval(approval.id, decision),
    // Without a network the browser holds mutations back; it is better told.
    networkMode: 'always',
    onSuccess: async (decided) => {
      onDecided();
      // A look that began before would bring it back as waiting.
      await queries.cancelQueries({ queryKey: key });
      queries.setQueryData<Approval[]>(key, (before) =>
        before?.map((one) => (one.id === decided.id ? decided : one)),
      );
      queries.setQueryData<Approval>(approvalKey(decided.id), decided);
      seeAnew();
    },
    onError: (error) => {
      if (error instanceof TransportError && error.code === 'APPROVAL_CLOSED') {
        onDecided();
        seeAnew();
      }
    },
  });
}

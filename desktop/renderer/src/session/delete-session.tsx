import { isFinal, type Run } from '@agentfleet/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { useMay } from '../base/signed-in.js';
import { useTransport } from '../base/transport-context.js';
import { Confirm } from '../ui/confirm.js';
import { toast } from '../ui/toasts.js';

/** Deletes a session for good; one that has not ended is cancelled first. */
export function DeleteSession({ run }: { run: Run }) {
  const transport = useTransport();
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  const [asking, setAsking] = useState(false);
  const mayDelete = useMay('admin');
  const active = !isFinal(run.status);
  const remove = useMutation({
    mutationFn: () => transport.deleteRun(run.id, active),
    onSuccess: async (left) => {
      setAsking(false);
      toast({ title: left ? 'The session is deleted as soon as it has ended' : 'The session is deleted' });
      if (!left) navigate('/sessions');
      await Promise.all([
        queries.invalidateQueries({ queryKey: ['runs'] }),
        queries.invalidateQueries({ queryKey: ['thread', run.threadId] }),
        queries.invalidateQueries({ queryKey: ['approvals'] }),
        left && queries.invalidateQueries({ queryKey: ['run', run.id] }),
      ]);
    },
  });
  if (!mayDelete) return null;
  if (run.deleteRequestedAt !== null) {
    return <p className="text-soft">This session is deleted as soon as it has ended.</p>;
  }
  return (
    <>
      <button type="button" className="button danger self-start" onClick={() => setAsking(true)}>
        Delete session
      </button>
      {asking && (
        <Confirm
          title="Delete this session?"
          act={active ? 'Cancel and delete it' : 'Delete it'}
          busy={remove.isPending}
          error={remove.error}
          onAct={() => remove.mutate()}
          onClose={() => setAsking(false)}
        >
          <p>
            Its prompt, log, approvals and result are gone for good. What it cost stays counted, and its
            follow-ups stay.
          </p>
        </Confirm>
      )}
    </>
  );
}

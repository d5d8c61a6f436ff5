import type { Runner } from '@agentfleet/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { useMay } from '../base/signed-in.js';
import { useTransport } from '../base/transport-context.js';
import { Confirm } from '../ui/confirm.js';
import { toast } from '../ui/toasts.js';

/** Takes a runner out of the list that is gone for good. */
export function ForgetRunner({ runner }: { runner: Runner }) {
  const transport = useTransport();
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  const [asking, setAsking] = useState(false);
  const mayForget = useMay('admin');
  const forget = useMutation({
    mutationFn: () => transport.forgetRunner(runner.id),
    onSuccess: async () => {
      toast({ title: `${runner.name} is forgotten`, detail: 'Its sessions stay.' });
      navigate('/runners');
      await queries.invalidateQueries({ queryKey: ['runners'] });
    },
  });
  if (!mayForget) return null;
  return (
    <>
      <button type="button" className="button danger" onClick={() => setAsking(true)}>
        Forget
      </button>
      {asking && (
        <Confirm
          title={`Forget ${runner.name}?`}
          act="Forget it"
          busy={forget.isPending}
          error={forget.error}
          onAct={() => forget.mutate()}
          onClose={() => setAsking(false)}
        >
          <p>
            It leaves the list; its sessions and what they cost stay.{' '}
            {runner.online
              ? 'It is online: it comes back by itself as soon as it connects again.'
              : 'Should the machine ever connect again, it comes back.'}{' '}
            {!runner.online && runner.activeRuns > 0 && 'What is out of reach there counts as failed.'}
          </p>
        </Confirm>
      )}
    </>
  );
}

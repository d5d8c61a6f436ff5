import type { Run } from '@agentfleet/contract';
import type { QueryClient } from '@tanstack/react-query';
import type { Transport } from '../transport/transport.js';
import { isOutOfReach } from '../ui/run-status.js';
import { toast } from '../ui/toasts.js';

/** Cancels a session from outside its screen, and offers to launch it again: what was done stays done. */
export async function cancelWithToast(
  transport: Transport,
  queries: QueryClient,
  run: Run,
  navigate: (path: string) => void,
): Promise<void> {
  try {
    await transport.cancelRun(run.id);
    toast({
      title:
        run.status === 'QUEUED'
          ? 'Session cancelled'
          : isOutOfReach(run)
            ? 'Session will be cancelled when its runner is back'
            : 'Session is being stopped',
      action: { name: 'Launch again', act: () => navigate(`/sessions/new?from=${run.id}`) },
    });
  } catch (error) {
    toast({ title: 'The session was not cancelled', detail: String((error as Error).message), bad: true });
  }
  await Promise.all([
    queries.invalidateQueries({ queryKey: ['runs'] }),
    queries.invalidateQueries({ queryKey: ['run', run.id] }),
  ]);
}

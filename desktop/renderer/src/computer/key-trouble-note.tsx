import { keyTrouble } from '@agentfleet/bridge';
import { useMutation } from '@tanstack/react-query';
import { useAppClient, useAppState } from './app-context.js';
import { useStepButton } from './step-button.js';

/** Why a computer that was set up has no key at hand, and the way to look again; nothing where all is well. */
export function KeyTroubleNote() {
  const client = useAppClient();
  const state = useAppState();
  const look = useMutation({ mutationFn: () => client.ask('lookAgain', undefined) });
  const buttonClass = useStepButton('look-again');
  const trouble = keyTrouble(state);
  if (!trouble) return null;
  return (
    <div role="status" className="flex flex-col items-start gap-2 rounded-md bg-warn-soft px-3 py-2">
      <p className="text-warn [overflow-wrap:anywhere]">{trouble.sentence}</p>
      {state.key.store !== 'empty' && (
        <button type="button" className={buttonClass} disabled={look.isPending} onClick={() => look.mutate()}>
          {look.isPending ? 'Looking…' : 'Look again'}
        </button>
      )}
    </div>
  );
}

import { useStepButton } from './step-button.js';

/** What one can do where no keychain takes the key. */
export function NoKeychain({ reason, onSession }: { reason: string | null; onSession: () => void }) {
  const buttonClass = useStepButton('keep-key');
  return (
    <div role="alert" className="flex flex-col gap-2 rounded-md bg-warn-soft px-3 py-2">
      <p className="font-medium text-warn">The key works, but this computer has no keychain that takes it.</p>
      {reason && <p className="text-soft [overflow-wrap:anywhere]">{reason}</p>}
      <p>
        AgentFleet never writes a key to the disk in the clear. Use it until the app quits, or start the app
        with the key in the variable <code className="font-mono">AGENTFLEET_API_KEY</code>.
      </p>
      <button type="button" className={`${buttonClass} self-start`} onClick={onSession}>
        Use it until the app quits
      </button>
    </div>
  );
}

import type { CreatedApiKey } from '@agentfleet/contract';
import { KeyRound } from 'lucide-react';
import { CopyButton } from '../ui/copy-button.js';
import { Seen } from '../ui/seen.js';

interface Props {
  created: CreatedApiKey;
  onStored: () => void;
}

/** A key that was just made, this once. */
export function NewKeyNote({ created, onStored }: Props) {
  return (
    <div role="status" className="flex flex-col gap-3 rounded-lg border border-accent bg-accent-soft p-4">
      <p className="flex gap-2">
        <KeyRound aria-hidden="true" size={17} className="mt-0.5 shrink-0 text-accent" />
        <span>
          This is{' '}
          <strong className="font-semibold">
            <Seen text={created.name} />
          </strong>
          . It is shown this once: only a hash of it is kept. Store it somewhere safe.
        </span>
      </p>
      <code className="rounded-md border border-line bg-raised px-3 py-2 font-mono [overflow-wrap:anywhere]">
        {created.key}
      </code>
      <div className="flex flex-wrap gap-2">
        <CopyButton text={created.key} label="Copy key" />
        <button type="button" className="button" onClick={onStored}>
          I have stored it
        </button>
      </div>
    </div>
  );
}

import { withHiddenSpelled } from '@agentfleet/contract';
import { Check, Copy } from 'lucide-react';
import { useState } from 'react';
import { copyText } from './clipboard.js';

/** A small button that copies, and says that it did. @param of what it copies, e.g. `the code` */
export function CopyIcon({ text, of, className = '' }: { text: string; of: string; className?: string }) {
  const [copied, setCopied] = useState(false);
  const Icon = copied ? Check : Copy;
  return (
    <button
      type="button"
      className={`button quiet icon !min-h-7 !w-7 ${className}`}
      aria-label={copied ? 'Copied' : withHiddenSpelled(`Copy ${of}`)}
      title="Copy"
      onClick={async () => setCopied(await copyText(text))}
      onBlur={() => setCopied(false)}
    >
      <Icon aria-hidden="true" size={14} />
    </button>
  );
}

import { useState } from 'react';
import { Link } from 'wouter';
import { CopyButton } from '../ui/copy-button.js';
import { ScrollPre } from '../ui/scroll-pre.js';
import { connectLines, type Shell } from './connect-lines.js';

const shells: Record<Shell, string> = { bash: 'macOS / Linux', powershell: 'Windows PowerShell' };

/** How to connect a machine, with the lines to paste. */
export function ConnectPanel({ open }: { open: boolean }) {
  const [shell, setShell] = useState<Shell>(navigator.userAgent.includes('Windows') ? 'powershell' : 'bash');
  const lines = connectLines(shell, location.origin);
  return (
    <details open={open} className="rounded-lg border border-line bg-raised p-4">
      <summary className="py-0.5 font-semibold">Connect a runner</summary>
      <div className="mt-3 flex flex-col gap-3">
        <p className="text-soft">
          On a machine with Node.js 20.19 or newer and Claude Code signed in. Take a key with the scope{' '}
          <code className="font-mono">runner</code> from{' '}
          <Link href="/settings/api-keys" className="text-accent underline">
            API keys
          </Link>
          .
        </p>
        <div className="flex flex-wrap gap-2">
          {(Object.keys(shells) as Shell[]).map((option) => (
            <button
              key={option}
              type="button"
              aria-pressed={shell === option}
              className={`button ${shell === option ? '!border-accent text-accent' : ''}`}
              onClick={() => setShell(option)}
            >
              {shells[option]}
            </button>
          ))}
          <span className="ml-auto">
            <CopyButton key={shell} text={lines} />
          </span>
        </div>
        <ScrollPre className="code">{lines}</ScrollPre>
      </div>
    </details>
  );
}

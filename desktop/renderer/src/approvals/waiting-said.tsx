import { type Approval, withHiddenSpelled } from '@agentfleet/contract';
import { useEffect } from 'react';
import { describeShortcuts } from '../ui/shortcut-list.js';
import { askedWords } from './words.js';

/** Says politely that a tool waits, and which; nothing more as its time passes. */
export function WaitingSaid({ waiting }: { waiting: readonly Approval[] }) {
  const some = waiting.length > 0;
  useEffect(() => {
    if (!some) return;
    return describeShortcuts('Session', [
      { keys: 'Ctrl/⌘+Enter', does: 'Allow the tool that has the focus' },
    ]);
  }, [some]);
  const newest = waiting.at(-1);
  const others = waiting.length - 1;
  return (
    <p role="status" className="sr-only">
      {newest &&
        `Waiting for you: ${withHiddenSpelled(askedWords(newest)).slice(0, 200)}${others > 0 ? `, and ${others} more` : ''}`}
    </p>
  );
}

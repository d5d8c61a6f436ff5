import { useState } from 'react';

/** Copies `text`; says that it did, or that the browser refused. */
export function CopyButton({ text, label = 'Copy' }: { text: string; label?: string }) {
  const [state, setState] = useState<'idle' | 'copied' | 'refused'>('idle');
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setState('copied');
    } catch {
      // No clipboard outside https and localhost.
      setState('refused');
    }
  };
  const words = { idle: label, copied: 'Copied', refused: 'Select it and copy' }[state];
  return (
    <button type="button" className="button" onClick={copy} onBlur={() => setState('idle')}>
      <span aria-live="polite">{words}</span>
    </button>
  );
}

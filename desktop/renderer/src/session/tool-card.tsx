import { useMemo, useState } from 'react';
import type { Item } from '../conversation/conversation.js';
import { countLines, editLines } from '../conversation/edits.js';
import { textAt } from '../conversation/payload.js';
import { ScrollPre } from '../ui/scroll-pre.js';
import { DiffView } from './diff-view.js';

type ToolItem = Extract<Item, { type: 'tool' }>;

/** A call of a tool on one line; opened, what it was given and what it answered. */
export function ToolCard({ item }: { item: ToolItem }) {
  const { name, title, input, result } = item;
  const lines = useMemo(() => editLines(name, input), [name, input]);
  const counts = lines && countLines(lines);
  // A change is what one looks for; everything else is opened on demand, failures included.
  const [open, setOpen] = useState(lines !== undefined && lines.length <= 40);
  const failed = result?.isError === true;
  return (
    <details
      open={open}
      onToggle={(event) => setOpen(event.currentTarget.open)}
      className="overflow-hidden rounded-md border border-line bg-raised"
    >
      <summary className="flex items-baseline gap-2 px-3 py-1.5 font-mono text-[12.5px]">
        <span
          aria-hidden="true"
          className={failed ? 'text-bad' : result ? 'text-good' : 'breathing text-accent'}
        >
          {failed ? '✕' : result ? '✓' : '●'}
        </span>
        <span className="min-w-0 flex-1 truncate">{title}</span>
        <span className="sr-only">{failed ? 'failed' : result ? 'done' : 'running'}</span>
        {counts && (
          <span className="whitespace-nowrap">
            <span className="text-good">+{counts.added}</span>{' '}
            <span className="text-bad">−{counts.removed}</span>
          </span>
        )}
      </summary>
      {open && (
        <div className="flex flex-col border-line border-t">
          {lines ? <DiffView lines={lines} /> : <Input item={item} />}
          {result && (failed || !lines) && <Output text={result.text} failed={failed} />}
          {result?.truncated && (
            <p className="px-3 py-1.5 text-soft">Cut by the runner; the rest was not stored.</p>
          )}
        </div>
      )}
    </details>
  );
}

function Input({ item }: { item: ToolItem }) {
  const command = item.name === 'Bash' ? textAt(item.input, 'command') : undefined;
  if (command === undefined && Object.keys(item.input).length === 0) return null;
  return (
    <ScrollPre className="code max-h-80 overflow-y-auto !rounded-none">
      {command === undefined ? JSON.stringify(item.input, null, 2) : `$ ${command}`}
    </ScrollPre>
  );
}

/** Longest output that is drawn before one asks for all of it, in characters. */
const shownAtFirst = 20_000;

function Output({ text, failed }: { text: string; failed: boolean }) {
  const [all, setAll] = useState(false);
  const shown = all ? text : text.slice(0, shownAtFirst);
  return (
    <>
      <ScrollPre
        dir="auto"
        className={`max-h-96 overflow-auto px-3 py-2 font-mono text-[12.5px] ${failed ? 'bg-bad-soft text-bad' : ''}`}
      >
        {shown || <span className="text-soft">No output</span>}
      </ScrollPre>
      {shown.length < text.length && (
        <button type="button" className="button m-2 self-start" onClick={() => setAll(true)}>
          Show all {text.length.toLocaleString()} characters
        </button>
      )}
    </>
  );
}

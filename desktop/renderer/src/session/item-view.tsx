import { memo, type ReactNode } from 'react';
import type { Item } from '../conversation/conversation.js';
import { formatCost, formatDuration } from '../ui/format.js';
import { Markdown } from './markdown.js';
import { ToolCard } from './tool-card.js';

/** One line of the conversation. Items are never changed in place, so an unchanged one is not drawn again. */
export const ItemView = memo(function ItemView({ item }: { item: Item }) {
  switch (item.type) {
    case 'assistant':
      return <Markdown text={item.text} />;
    case 'thinking':
      return (
        <details className="text-soft">
          <summary className="py-0.5">Thinking</summary>
          <p dir="auto" className="mt-1 max-w-[76ch] whitespace-pre-wrap border-line border-l-2 pl-3">
            {item.text}
          </p>
        </details>
      );
    case 'tool':
      return <ToolCard item={item} />;
    case 'result':
      return <Result item={item} />;
    case 'error':
      return <Line className="text-bad">✕ {item.text}</Line>;
    case 'system':
      return <Line className="text-soft">{item.text}</Line>;
  }
});

function Line({ className, children }: { className: string; children: ReactNode }) {
  return <p className={`whitespace-pre-wrap [overflow-wrap:anywhere] ${className}`}>{children}</p>;
}

/** The end of a session. Its text repeats the assistant's last words, so only the figures are shown. */
function Result({ item }: { item: Extract<Item, { type: 'result' }> }) {
  const figures = [
    item.durationMs === undefined ? undefined : formatDuration(item.durationMs),
    item.turns === undefined ? undefined : `${item.turns} ${item.turns === 1 ? 'turn' : 'turns'}`,
    item.costUsd === undefined ? undefined : formatCost(item.costUsd),
  ].filter((figure) => figure !== undefined);
  return (
    <div className={`border-line border-t pt-2 ${item.isError ? 'text-bad' : 'text-good'}`}>
      {item.isError ? (
        <Line className="text-bad">✕ {item.text}</Line>
      ) : (
        <span>
          <span aria-hidden="true">✓</span> Done
        </span>
      )}
      <span className="text-soft tabular-nums"> {figures.map((figure) => `· ${figure}`).join(' ')}</span>
    </div>
  );
}

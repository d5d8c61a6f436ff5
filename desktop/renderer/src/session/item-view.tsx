import { memo, type ReactNode, useState } from 'react';
import type { Item, ResultItem, TextItem } from '../conversation/items.js';
import { Seen } from '../ui/seen.js';
import { Markdown } from './markdown.js';
import { NoticeLine } from './notice-line.js';
import { ToolCard } from './tool-card.js';
import { Images } from './tools/images.js';

/** One line of the conversation. Items are never changed in place, so an unchanged one is not drawn again. */
export const ItemView = memo(function ItemView({ item, reveal = false }: { item: Item; reveal?: boolean }) {
  switch (item.type) {
    case 'assistant':
      return <Markdown text={item.text} />;
    case 'thinking':
      return <Thinking item={item} reveal={reveal} />;
    case 'tool':
      return <ToolCard item={item} reveal={reveal} />;
    case 'result':
      return <Result item={item} />;
    case 'error':
      return (
        <Line className="rounded-md bg-bad-soft px-3 py-1.5 text-bad">
          <span aria-hidden="true">✕ </span>
          {item.text}
        </Line>
      );
    case 'system':
      if (item.notice) return <NoticeLine notice={item.notice} text={item.text} times={item.times} />;
      return item.images ? (
        <Images images={item.images} of="what the session was given" />
      ) : (
        <Line className="text-soft text-xs">{item.text}</Line>
      );
  }
});

function Line({ className, children }: { className: string; children: ReactNode }) {
  return (
    <p dir="auto" className={`plain-lines whitespace-pre-wrap [overflow-wrap:anywhere] ${className}`}>
      {typeof children === 'string' ? <Seen text={children} /> : children}
    </p>
  );
}

/** Folded to its newest line while it is being thought, to its first one afterwards: always one line. */
function Thinking({ item, reveal }: { item: TextItem; reveal: boolean }) {
  const [chosen, setChosen] = useState<boolean>();
  const [revealed, setRevealed] = useState(false);
  if (reveal !== revealed) {
    setRevealed(reveal);
    if (reveal && chosen === false) setChosen(undefined);
  }
  const open = chosen ?? reveal;
  const lines = item.text.split('\n').filter((line) => line.trim() !== '');
  return (
    <details open={open} onToggle={(event) => setChosen(event.currentTarget.open)} className="text-soft">
      <summary className="flex items-baseline gap-2 py-0.5 pr-10">
        <span className={`shrink-0 ${item.live ? 'breathing' : ''}`}>Thinking</span>
        {!open && (
          <span dir="auto" className="min-w-0 flex-1 truncate text-xs opacity-90">
            <Seen text={(item.live ? lines.at(-1) : lines[0]) ?? ''} />
          </span>
        )}
      </summary>
      {open && (
        <p
          dir="auto"
          className="plain-lines mt-1 whitespace-pre-wrap border-line border-l-2 pl-3 [overflow-wrap:anywhere]"
        >
          <Seen text={item.text} />
        </p>
      )}
    </details>
  );
}

/** The end of a session. Its text repeats the assistant's last words; what it took and cost stands at its head. */
function Result({ item }: { item: ResultItem }) {
  return (
    <div className="ending border-line border-t pt-2.5">
      {item.isError && (
        <Line className="mb-1.5 rounded-md bg-bad-soft px-3 py-1.5 text-bad">{`✕ ${item.text}`}</Line>
      )}
      <p className="flex flex-wrap gap-x-2 tabular-nums">
        {!item.isError && (
          <span className="font-medium text-good">
            <span aria-hidden="true">✓</span> Done
          </span>
        )}
        {item.turns !== undefined && (
          <span className="text-soft">
            {item.turns} {item.turns === 1 ? 'turn' : 'turns'}
          </span>
        )}
      </p>
    </div>
  );
}

import { isFinal, type Run } from '@agentfleet/contract';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef } from 'react';
import type { Item } from '../conversation/conversation.js';
import { ItemView } from './item-view.js';
import { useFollowEnd } from './use-follow-end.js';

interface Props {
  run: Run;
  /** Grows in place; the parent draws anew when it did. */
  items: readonly Item[];
}

/** The conversation, drawn only where it is looked at; it follows the end until one scrolls up. */
export function Transcript({ run, items }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 44,
    getItemKey: (index) => items[index]?.seq ?? index,
    overscan: 12,
    paddingEnd: 8,
  });
  const height = virtual.getTotalSize();
  const { following, follow } = useFollowEnd(scroller);

  return (
    <div className="relative min-h-0 flex-1">
      <section
        ref={scroller}
        className="h-full overflow-y-auto overflow-x-hidden px-4 py-4 [overflow-anchor:none] sm:px-6"
        aria-label="Conversation"
      >
        <Prompt text={run.input} />
        <div className="relative max-w-4xl" style={{ height }}>
          {virtual.getVirtualItems().map(({ index, key, start }) => {
            const item = items[index];
            return (
              item && (
                <div
                  key={key}
                  data-index={index}
                  ref={virtual.measureElement}
                  className="absolute inset-x-0 top-0 py-1.5"
                  style={{ transform: `translateY(${start}px)` }}
                >
                  <ItemView item={item} />
                </div>
              )
            );
          })}
          {/* Moved, not laid out anew, so that growing is no layout shift. */}
          <div className="absolute inset-x-0 top-0 pb-4" style={{ transform: `translateY(${height}px)` }}>
            <Tail run={run} last={items.at(-1)} />
          </div>
        </div>
      </section>
      {!following && (
        <button type="button" className="button absolute right-6 bottom-4 shadow-md" onClick={follow}>
          ↓ Jump to latest
        </button>
      )}
    </div>
  );
}

function Prompt({ text }: { text: string }) {
  return (
    <div className="mb-3 flex max-w-4xl gap-3 rounded-md bg-sunken px-3 py-2.5">
      <span aria-hidden="true" className="font-mono text-accent">
        ›
      </span>
      <p dir="auto" className="max-h-72 min-w-0 overflow-y-auto whitespace-pre-wrap [overflow-wrap:anywhere]">
        {text}
      </p>
    </div>
  );
}

/** What comes after the last event: why nothing happens yet, that something does, or why it ended. */
function Tail({ run, last }: { run: Run; last: Item | undefined }) {
  const empty = last === undefined;
  if (run.status === 'QUEUED') {
    return (
      <p role="status" className="text-warn">
        ◌ {run.queue?.message ?? 'Waiting in the queue.'}
        {run.queue && <span className="text-soft"> · place {run.queue.position}</span>}
      </p>
    );
  }
  if (run.failure) {
    // What the agent itself gave as its reason stands right above already.
    if (last?.type === 'error' && last.text === run.failure.message) return null;
    return (
      <div role="status" className="max-w-4xl rounded-md bg-bad-soft px-3 py-2 text-bad">
        <p className="[overflow-wrap:anywhere]">{run.failure.message}</p>
        <p className="font-mono text-[12.5px]">{run.failure.code}</p>
      </div>
    );
  }
  if (run.status === 'CANCELLED') return <p className="text-soft">⊘ Cancelled.</p>;
  if (run.eventsPrunedAt && empty) return <p className="text-soft">Its log was removed by retention.</p>;
  if (isFinal(run.status)) return null;
  return (
    <p role="status" className="text-accent">
      <span aria-hidden="true" className="breathing font-mono">
        ●
      </span>{' '}
      {run.stalledAt ? 'No output for a while…' : empty ? 'Starting…' : 'Working…'}
    </p>
  );
}

import { type Approval, isFinal, type Run } from '@agentfleet/contract';
import { useVirtualizer, type Virtualizer } from '@tanstack/react-virtual';
import { ChevronDown, Ellipsis } from 'lucide-react';
import { type RefObject, useLayoutEffect, useRef, useState } from 'react';
import type { Item } from '../conversation/items.js';
import type { SessionLog } from '../conversation/session-log.js';
import { promptOf } from '../sessions/prompt-of.js';
import { ErrorBoundary } from '../ui/error-boundary.js';
import { ErrorNote } from '../ui/notes.js';
import { FailedItem } from './failed-item.js';
import { ItemView } from './item-view.js';
import { Prompt } from './prompt.js';
import { Strays } from './strays.js';
import { Tail } from './tail.js';
import { useFollowEnd } from './use-follow-end.js';

export type List = Virtualizer<HTMLDivElement, Element>;

/** What a reader did to the list, and what other parts of the view do to it. */
export interface TranscriptHandle {
  /** Brings an event in sight and stops following the end. */
  show(seq: number): void;
  /** Follows the end. */
  follow(): void;
  /** Where the list is scrolled; what is drawn of it is in there. */
  scroller: RefObject<HTMLDivElement | null>;
}

interface Props {
  run: Run;
  log: SessionLog;
  handle: RefObject<TranscriptHandle | null>;
  /** seq of the item the keyboard is at. */
  selected: number | undefined;
  /** seq of the event that was linked to. */
  linked: number | undefined;
  /** seq of the item in which what is looked for was found. */
  found: number | undefined;
  onMenu: (item: Item, at: HTMLElement) => void;
  /** The item whose menu is open. */
  menuOf: Item | undefined;
  /** What waits for a person and has no line in the conversation. */
  strays: readonly Approval[];
  /** Called after every drawing. */
  onDrawn: () => void;
}

// What scrolls must be reachable by keyboard; not every browser sees to that by itself.
const reachable = { tabIndex: 0 };

/** Pixels an event takes, more or less: what stands for those that are not loaded. */
const perEvent = 30;
/** Highest that browsers draw, less what is loaded. */
const mostUnread = 6_000_000;
/** How near to the first loaded line the ones before it are read, pixels. */
const prefetch = 3_000;

/** The conversation, drawn only where it is looked at; it follows the end until one scrolls up. */
export function Transcript(props: Props) {
  const { run, log, handle, selected, linked, found, onMenu, menuOf, strays, onDrawn } = props;
  const { conversation, state } = log;
  const scroller = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const [margin, setMargin] = useState(0);
  const unread = Math.min(mostUnread, (conversation.firstSeq - 1) * perEvent);
  const virtual = useVirtualizer<HTMLDivElement, Element>({
    count: conversation.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 44,
    getItemKey: (index) => conversation.at(index)?.key ?? index,
    overscan: 8,
    paddingStart: unread,
    paddingEnd: 8,
    scrollMargin: margin,
    anchorTo: 'end',
  });
  const height = virtual.getTotalSize();
  const { following, follow, letGo } = useFollowEnd(scroller);
  const fresh = useFresh(conversation.items.length, following);

  // The prompt above the list is as high as it is.
  useLayoutEffect(() => setMargin(list.current?.offsetTop ?? 0), []);
  useLayoutEffect(onDrawn);
  useEarlier(log, virtual, unread + margin);
  handle.current = {
    scroller,
    follow,
    show(seq) {
      letGo();
      virtual.scrollToIndex(conversation.indexOf(seq), { align: 'center' });
    },
  };

  return (
    <div className="relative min-h-0 flex-1">
      <section
        ref={scroller}
        className="h-full overflow-y-auto overflow-x-hidden px-4 py-4 [overflow-anchor:none] sm:px-6"
        aria-label="Conversation"
        {...reachable}
      >
        <Prompt text={promptOf(run)} />
        <div ref={list} className="relative mx-auto max-w-4xl" style={{ height }}>
          {unread > 0 && (
            <div aria-hidden="true" className="unread absolute inset-x-0 top-0" style={{ height: unread }} />
          )}
          {virtual.getVirtualItems().map(({ index, key, start }) => {
            const item = conversation.at(index);
            return (
              item && (
                <div
                  key={key}
                  data-index={index}
                  ref={virtual.measureElement}
                  className="absolute inset-x-0 top-0 py-[5px]"
                  style={{ transform: `translateY(${start - margin}px)` }}
                >
                  <div
                    className={`row ${item.nested ? 'nested' : ''}`}
                    data-seq={item.seq}
                    data-selected={selected === item.seq || undefined}
                    data-linked={linked === item.seq || undefined}
                  >
                    <ErrorBoundary
                      key={item.type}
                      instead={(error) => <FailedItem item={item} error={error} />}
                    >
                      <ItemView item={item} reveal={found === item.seq || linked === item.seq} />
                    </ErrorBoundary>
                    {!('live' in item) && (
                      <button
                        type="button"
                        className="row-menu"
                        aria-label="More about this"
                        aria-haspopup="menu"
                        aria-expanded={menuOf?.seq === item.seq}
                        onClick={(event) => onMenu(item, event.currentTarget)}
                      >
                        <Ellipsis aria-hidden="true" size={15} />
                      </button>
                    )}
                  </div>
                </div>
              )
            );
          })}
          {/* Moved, not laid out anew, so that growing is no layout shift. */}
          <div className="absolute inset-x-0 top-0 pb-4" style={{ transform: `translateY(${height}px)` }}>
            <Strays approvals={strays} />
            <Tail run={run} last={conversation.items.at(-1)} isLive={conversation.live !== null} />
          </div>
        </div>
      </section>
      {state.error && unread > 0 && (
        <div className="absolute inset-x-4 top-3 sm:inset-x-6">
          <ErrorNote error={state.error} retry={() => void log.loadEarlier()} />
        </div>
      )}
      {!following && (
        <button type="button" className="button absolute right-6 bottom-4 z-10 shadow-md" onClick={follow}>
          <ChevronDown aria-hidden="true" size={15} />
          Jump to latest{fresh > 0 && <span className="tabular-nums text-accent"> · {fresh} new</span>}
        </button>
      )}
      <p role="status" className="sr-only">
        {isFinal(run.status) ? '' : state.isLoading ? 'Loading earlier events' : ''}
      </p>
    </div>
  );
}

/** Reads what comes before the first loaded line when one comes near to it. @param start where that line is */
function useEarlier(log: SessionLog, virtual: List, start: number): void {
  const { conversation, state } = log;
  const offset = virtual.scrollOffset ?? Number.POSITIVE_INFINITY;
  const wanted = state.isOpen && !state.isLoading && !state.error && offset < start + prefetch;
  const { firstSeq } = conversation;
  useLayoutEffect(() => {
    // A page may come within one frame: then only its place tells that there is another one to be read.
    if (wanted && firstSeq > 1) void log.loadEarlier();
  }, [wanted, firstSeq, log]);
}

/** How many items came since the reader turned away from the end. */
function useFresh(count: number, following: boolean): number {
  const [seen, setSeen] = useState(count);
  if (following && seen !== count) setSeen(count);
  return following ? 0 : Math.max(0, count - seen);
}

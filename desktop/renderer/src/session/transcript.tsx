import { useVirtualizer } from '@tanstack/react-virtual';
import { ChevronDown } from 'lucide-react';
import { useLayoutEffect, useRef, useState } from 'react';
import type { Place, Row, ThreadLog } from '../conversation/thread-log.js';
import { ErrorNote } from '../ui/notes.js';
import { RowView } from './row-view.js';
import type { TranscriptProps } from './transcript-props.js';
import { useFollowEnd } from './use-follow-end.js';
import { useNearby } from './use-nearby.js';
import { usePrinting } from './use-printing.js';

// What scrolls must be reachable by keyboard; not every browser sees to that by itself.
const reachable = { tabIndex: 0 };

/** Pixels an event takes, more or less: what stands for those that are not loaded. */
const perEvent = 30;
/** Highest that browsers draw, less what is loaded. */
const mostUnread = 6_000_000;
/** Most rows of a print. */
const mostPrinted = 5_000;

/** The conversation, drawn only where it is looked at; it follows the end until one scrolls up. */
export function Transcript(props: TranscriptProps) {
  const { log, handle, onOlder, onDrawn } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const [margin, setMargin] = useState(0);
  const isPrinting = usePrinting();
  const heightOf = (row: Row | undefined) => {
    if (row?.type === 'unread') return Math.min(mostUnread / log.sections.length, row.events * perEvent);
    return row?.type === 'head' ? 96 : 44;
  };
  const virtual = useVirtualizer<HTMLDivElement, Element>({
    count: log.rowCount,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => heightOf(log.row(index)),
    getItemKey: (index) => keyOf(log.row(index)) ?? index,
    overscan: 8,
    scrollMargin: margin,
    anchorTo: 'end',
  });
  const { following, follow, letGo } = useFollowEnd(scroller);
  const fresh = useFresh(log, following);
  log.isAtEnd = following && !isPrinting && props.query === '' && props.selected === undefined;

  // What is above the list is as high as it is.
  const isMoreAbove = onOlder !== undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: it tells that the margin is another
  useLayoutEffect(() => setMargin(list.current?.offsetTop ?? 0), [isMoreAbove]);
  useLayoutEffect(onDrawn);
  useNearby(log, virtual);
  handle.current = {
    scroller,
    follow,
    show(place) {
      letGo();
      const index = log.indexOf(place);
      if (index >= 0) virtual.scrollToIndex(index, { align: place.seq === 0 ? 'start' : 'center' });
    },
  };
  const broken = log.sections.find((section) => section.log.state.error && section.log.state.isOpen);
  const loads = log.sections.some((section) => section.log.state.isLoading);

  return (
    <div className="relative min-h-0 flex-1">
      <section
        ref={scroller}
        className={
          isPrinting
            ? 'printed'
            : 'h-full overflow-y-auto overflow-x-hidden px-4 py-4 [overflow-anchor:none] sm:px-6'
        }
        aria-label="Conversation"
        {...reachable}
      >
        {onOlder && (
          <p className="column pb-3 text-center">
            <button type="button" className="button" onClick={onOlder}>
              Earlier runs of this thread
            </button>
          </p>
        )}
        <div
          ref={list}
          className="column relative"
          style={isPrinting ? undefined : { height: virtual.getTotalSize() }}
        >
          {isPrinting &&
            allRows(log).map((row) => <RowView key={keyOf(row)} {...props} row={row} height={0} />)}
          {!isPrinting &&
            virtual.getVirtualItems().map(({ index, key, start, size }) => {
              const row = log.row(index);
              return (
                row && (
                  <div
                    key={key}
                    data-index={index}
                    data-run={row.section.run.id}
                    // What is not read yet is as high as it is taken to be.
                    ref={row.type === 'unread' ? undefined : virtual.measureElement}
                    // Moved, not laid out anew, so that growing is no layout shift.
                    className="absolute inset-x-0 top-0 py-[5px]"
                    style={{ transform: `translateY(${start - margin}px)` }}
                  >
                    <RowView {...props} row={row} height={size} />
                  </div>
                )
              );
            })}
        </div>
      </section>
      {broken && (
        <div className="absolute inset-x-4 top-3 sm:inset-x-6">
          <ErrorNote error={broken.log.state.error} retry={() => void broken.log.loadEarlier()} />
        </div>
      )}
      {!following && (
        <button type="button" className="button absolute right-6 bottom-4 z-10 shadow-md" onClick={follow}>
          <ChevronDown aria-hidden="true" size={15} />
          Jump to latest{fresh > 0 && <span className="tabular-nums text-accent"> · {fresh} new</span>}
        </button>
      )}
      <p role="status" className="sr-only">
        {loads ? 'Loading earlier events' : ''}
      </p>
    </div>
  );
}

/** What is printed: all that is loaded, or of very much its end. */
function allRows(log: ThreadLog): Row[] {
  const rows = Array.from({ length: log.rowCount }, (_, index) => log.row(index));
  return rows.slice(-mostPrinted).filter((row) => row !== undefined);
}

function keyOf(row: Row | undefined): string | undefined {
  return row && `${row.section.run.id} ${row.type === 'item' ? row.item.key : row.type}`;
}

/** How many items came since the reader turned away from the end. What is read of before is not new. */
function useFresh(log: ThreadLog, following: boolean): number {
  const [left, setLeft] = useState<Place>();
  if (following && left) setLeft(undefined);
  if (!following && !left && log.end) setLeft(log.end);
  return left ? log.itemsAfter(left) : 0;
}

import type { Run } from '@agentfleet/contract';
import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import {
  type KeyboardEvent,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { useShortcuts } from '../ui/use-shortcuts.js';
import { type Row, rowsOf } from './list-rows.js';
import type { Grouping } from './session-filter.js';
import { columns, SessionRow } from './session-row.js';
import { shownOf, ThreadRow } from './thread-row.js';
import type { Selection } from './use-selection.js';

interface Props {
  runs: readonly Run[];
  /** Runner names by id. */
  names: ReadonlyMap<string, string>;
  group: Grouping;
  selection: Selection;
  hasOlder: boolean;
  isFetchingOlder: boolean;
  onOlder: () => void;
}

/** Rows from the end at which older sessions are fetched. */
const ahead = 15;

/** The sessions, only those in sight drawn; j, k and the arrows move in it, Enter opens, x selects. */
export function SessionList(props: Props) {
  const { runs, names, group, selection, hasOlder, isFetchingOlder, onOlder } = props;
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const rows = useMemo(() => rowsOf(runs, group, open), [runs, group, open]);
  const box = useRef<HTMLOListElement>(null);
  const [margin, setMargin] = useState(0);
  const [wanted, setWanted] = useState<{ index: number } | null>(null);
  const focused = useRef(-1);

  const keep = wanted?.index ?? focused.current;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => document.getElementById('main'),
    estimateSize: () => 42,
    overscan: 8,
    scrollMargin: margin,
    getItemKey: (index) => rows[index]?.key ?? index,
    // What has the focus stays, however far it is scrolled away.
    rangeExtractor: (range) => {
      const shown = defaultRangeExtractor(range);
      const extra = [keep].filter((index) => index >= 0 && index < rows.length && !shown.includes(index));
      return [...shown, ...extra].sort((one, other) => one - other);
    },
  });

  useLayoutEffect(() => {
    const scroller = document.getElementById('main');
    if (!box.current || !scroller) return;
    const top = box.current.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
    setMargin(Math.round(top + scroller.scrollTop));
  });

  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasOlder && !isFetchingOlder && last >= rows.length - ahead) onOlder();
  }, [hasOlder, isFetchingOlder, last, rows.length, onOlder]);

  /** To the row at `index`, or where that is a heading, the next one in this direction, or in the other. */
  const goTo = useCallback(
    (index: number, by: 1 | -1) => {
      const isStop = (at: number) => rows[at] !== undefined && !('heading' in rows[at]);
      let target = Math.max(0, Math.min(rows.length - 1, index));
      while (rows[target] && !isStop(target)) target += by;
      if (!isStop(target)) target -= 2 * by;
      if (!isStop(target)) return;
      virtual.scrollToIndex(target, { align: 'auto' });
      setWanted({ index: target });
    },
    [virtual, rows],
  );
  useEffect(() => {
    if (!wanted) return;
    box.current
      ?.querySelector<HTMLElement>(`[data-index="${wanted.index}"] a`)
      ?.focus({ preventScroll: true });
  }, [wanted]);

  const here = () => {
    const row = document.activeElement?.closest<HTMLElement>('[data-index]');
    return row && box.current?.contains(row) ? Number(row.dataset.index) : -1;
  };
  const fold = (unfold: boolean) => {
    const row = rows[here()];
    if (row && 'thread' in row && row.thread.runs.length > 1) toggle(row.key, unfold);
  };
  const toggle = (key: string, unfold: boolean) =>
    setOpen((before) => {
      const after = new Set(before);
      if (unfold) after.add(key);
      else after.delete(key);
      return after;
    });
  const selectHere = () => {
    const run = runOf(rows[here()]);
    if (run) selection.toggle(run.id);
  };
  useShortcuts(
    {
      j: { does: 'Next session', act: () => goTo(here() + 1, 1) },
      k: { does: 'Session before', act: () => goTo(here() - 1, -1) },
      ...(selection.may && { x: { does: 'Select the session', act: selectHere } }),
    },
    'Sessions',
  );
  const onKeyDown = (event: KeyboardEvent) => {
    const act = {
      ArrowDown: () => goTo(here() + 1, 1),
      ArrowUp: () => goTo(here() - 1, -1),
      Home: () => goTo(0, 1),
      End: () => goTo(rows.length - 1, -1),
      ArrowRight: () => fold(true),
      ArrowLeft: () => fold(false),
    }[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  };

  return (
    <div className="@container">
      <div
        aria-hidden="true"
        className={`-mx-2 sticky top-0 z-10 hidden gap-x-3 border-line border-b bg-paper px-2 py-1.5 text-[12.5px] text-soft @min-[1000px]:grid ${group === 'thread' ? 'pl-13' : ''} ${selection.isOn ? '!pl-11' : ''} ${columns}`}
      >
        {['Status', 'Prompt', 'Runner', 'Folder'].map((name) => (
          <span key={name}>{name}</span>
        ))}
        {['Duration', 'Cost', 'Tokens', 'Launched'].map((name) => (
          <span key={name} className="text-right">
            {name}
          </span>
        ))}
      </div>
      <ol
        ref={box}
        aria-label="Sessions"
        className="relative -mx-2"
        style={{ height: virtual.getTotalSize() }}
        onKeyDown={onKeyDown}
        onFocus={() => {
          focused.current = here();
        }}
      >
        {items.map(({ index, start }) => {
          const row = rows[index];
          return (
            row && (
              <li
                key={row.key}
                ref={virtual.measureElement}
                data-index={index}
                {...('heading' in row
                  ? {}
                  : { 'aria-setsize': hasOlder ? -1 : rows.length, 'aria-posinset': index + 1 })}
                className="absolute inset-x-0 top-0 border-line border-b py-px"
                style={{ transform: `translateY(${start - margin}px)` }}
              >
                {'heading' in row ? (
                  <h2 className="flex items-baseline gap-2 px-2 pt-5 pb-1 font-semibold">
                    {row.heading} <span className="font-normal text-soft tabular-nums">{row.count}</span>
                  </h2>
                ) : 'thread' in row ? (
                  <ThreadRow
                    thread={row.thread}
                    runnerName={names.get(row.thread.newest.runnerId ?? '')}
                    open={open.has(row.key)}
                    onToggle={() => toggle(row.key, !open.has(row.key))}
                    selection={selection}
                  />
                ) : (
                  <SessionRow
                    run={row.run}
                    runnerName={names.get(row.run.runnerId ?? '')}
                    nested={row.nested}
                    selection={selection}
                  />
                )}
              </li>
            )
          );
        })}
      </ol>
      <p role="status" className="py-3 text-center text-soft empty:hidden">
        {isFetchingOlder ? 'Older sessions are coming…' : ''}
      </p>
    </div>
  );
}

/** The session that a row leads to. */
function runOf(row: Row | undefined): Run | undefined {
  if (!row || 'heading' in row) return undefined;
  return 'thread' in row ? shownOf(row.thread) : row.run;
}

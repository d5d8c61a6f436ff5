import { ListChecks, Plus } from 'lucide-react';
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from 'react';
import { Link, useSearchParams } from 'wouter';
import { usePageTitle } from '../base/page-title.js';
import { patiently } from '../base/patiently.js';
import { useMay } from '../base/signed-in.js';
import { useRunners } from '../runners/use-runners.js';
import { Empty, ErrorNote } from '../ui/notes.js';
import { RowSkeleton } from '../ui/skeleton.js';
import { useDebounced } from '../ui/use-debounced.js';
import { useShortcuts } from '../ui/use-shortcuts.js';
import { isNarrowed, readFilter, type SessionFilter, writeFilter } from './session-filter.js';
import { SessionFilters } from './session-filters.js';
import { SessionList } from './session-list.js';
import { useActiveToo } from './use-active-too.js';
import { useHeldBack } from './use-held-back.js';
import { useSelection } from './use-selection.js';
import { useSessions } from './use-sessions.js';

// What is asked is shown as the session itself shows it, and few lists need that, or do something to several at once.
const BulkBar = lazy(patiently(() => import('./bulk-bar.js')));
const WaitingList = lazy(patiently(() => import('../approvals/waiting-list.js')));

/** Every session, newest first; the filters stand in the address, so that a view can be kept. */
export function SessionsPage() {
  const [search, setSearch] = useSearchParams();
  const address = search.toString();
  const filter = useMemo(() => readFilter(new URLSearchParams(address)), [address]);
  const [text, setText] = useSearchText(filter.q, (q) => change({ q }));
  const change = (changed: Partial<SessionFilter>) =>
    setSearch((before) => writeFilter({ ...readFilter(before), ...changed }), { replace: true });

  const sessions = useSessions(filter);
  const runs = useActiveToo(sessions.runs, filter);
  const { shown, held, release } = useHeldBack(runs);
  const runners = useRunners();
  const names = useMemo(() => new Map(runners.data?.map(({ id, name }) => [id, name])), [runners.data]);
  const mayLaunch = useMay('runs:write');
  const chosen = useSelection(mayLaunch);
  const { selection } = chosen;
  useShortcuts(selection.isOn ? { Escape: { does: 'Let all go', act: chosen.end } } : {}, 'Sessions');
  const title = filter.waiting ? 'Waiting for you' : 'Sessions';
  usePageTitle(title);

  return (
    <div className="page relative !max-w-[110rem] !gap-4">
      <div className="flex flex-wrap items-center gap-3">
        <h1 className="mr-auto font-semibold text-xl">{title}</h1>
        {mayLaunch && (
          <Link href="/sessions/new" className="button primary">
            <Plus aria-hidden="true" size={16} />
            New session <kbd className="hidden border-current text-inherit sm:inline">n</kbd>
          </Link>
        )}
      </div>
      <SessionFilters
        filter={filter}
        text={text}
        onText={setText}
        onFilter={change}
        runs={sessions.runs ?? []}
        runners={runners.data ?? []}
      >
        {mayLaunch && !filter.waiting && (
          <button
            type="button"
            className="button"
            aria-pressed={selection.isOn}
            onClick={selection.isOn ? chosen.end : chosen.begin}
          >
            <ListChecks aria-hidden="true" size={16} />
            Select
          </button>
        )}
      </SessionFilters>
      <ErrorNote error={sessions.error} retry={sessions.retry} />
      {filter.waiting && sessions.runs && (
        <Suspense fallback={<RowSkeleton rows={3} />}>
          <WaitingList key={address} runs={sessions.runs} names={names} />
        </Suspense>
      )}
      {!filter.waiting && held > 0 && (
        <button
          type="button"
          className="button primary sticky top-10 z-20 -mb-12 self-center !rounded-full"
          onClick={release}
        >
          {held === 1 ? 'A new session' : `${held} new sessions`} ↑
        </button>
      )}
      {shown === undefined && !sessions.error && <RowSkeleton rows={9} />}
      {!filter.waiting && shown?.length === 0 && (
        <NoSessions
          narrowed={isNarrowed(filter)}
          runners={runners.data?.length}
          onOlder={sessions.hasOlder ? () => void sessions.fetchOlder() : undefined}
          isLooking={sessions.isFetchingOlder}
        />
      )}
      {!filter.waiting && shown && shown.length > 0 && (
        <div className={sessions.isOld ? 'opacity-60' : ''}>
          <SessionList
            runs={shown}
            names={names}
            group={filter.group}
            selection={selection}
            hasOlder={sessions.hasOlder}
            isFetchingOlder={sessions.isFetchingOlder}
            onOlder={sessions.fetchOlder}
          />
        </div>
      )}
      {!filter.waiting && shown && selection.isOn && (
        <Suspense fallback={null}>
          <BulkBar runs={shown} chosen={chosen} />
        </Suspense>
      )}
    </div>
  );
}

/** What stands in the field, at once; the filter gets it when the typing rests. */
function useSearchText(q: string, onRest: (q: string) => void) {
  const [text, setText] = useState(q);
  const rested = useDebounced(text, 200);
  const latest = useRef(onRest);
  latest.current = onRest;
  const told = useRef(q);
  useEffect(() => {
    if (rested === told.current) return;
    told.current = rested;
    latest.current(rested);
  }, [rested]);
  // The address changed by itself, e.g. by the back button.
  useEffect(() => {
    if (q === told.current) return;
    told.current = q;
    setText(q);
  }, [q]);
  return [text, setText] as const;
}

interface NoSessionsProps {
  narrowed: boolean;
  runners: number | undefined;
  /** Looks among older ones; undefined where there are none. */
  onOlder: (() => void) | undefined;
  isLooking: boolean;
}

function NoSessions({ narrowed, runners, onOlder, isLooking }: NoSessionsProps) {
  if (onOlder) {
    return (
      <Empty title="No session fits so far">
        <p>None of those that were looked at, newest first.</p>
        <button type="button" className="button mt-4" disabled={isLooking} onClick={onOlder}>
          {isLooking ? 'Looking…' : 'Look further back'}
        </button>
      </Empty>
    );
  }
  if (narrowed) {
    return <Empty title="No session fits">Try other words, or clear a filter.</Empty>;
  }
  return (
    <Empty title="No sessions yet">
      <p>
        A session is one prompt that Claude Code works on in a folder of one of your machines, watched from
        here.
      </p>
      <p className="mt-4 flex flex-wrap justify-center gap-2">
        {runners === 0 && (
          <Link href="/runners" className="button primary">
            Connect a runner
          </Link>
        )}
        {runners !== undefined && runners > 0 && (
          <Link href="/sessions/new" className="button primary">
            Launch the first one
          </Link>
        )}
      </p>
    </Empty>
  );
}

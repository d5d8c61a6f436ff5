import { type Run, RunStatus } from '@agentfleet/contract';
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useDeferredValue, useRef, useState } from 'react';
import { Link, useLocation, useSearchParams } from 'wouter';
import { useTransport } from '../app/transport-context.js';
import { Empty, ErrorNote } from '../ui/notes.js';
import { statusWord } from '../ui/run-status.js';
import { Skeleton } from '../ui/skeleton.js';
import { useNow } from '../ui/use-now.js';
import { useShortcuts } from '../ui/use-shortcuts.js';
import { SessionRow } from './session-row.js';

/** Every session, newest first; the filters stand in the address, so that a view can be kept. */
export function SessionsPage() {
  const transport = useTransport();
  const now = useNow(1_000);
  const [search, setSearch] = useSearchParams();
  const status = RunStatus.safeParse(search.get('status')).data;
  const [text, setText] = useState(search.get('q') ?? '');
  const q = useDeferredValue(text.trim());

  const runs = useInfiniteQuery({
    queryKey: ['runs', status, q],
    queryFn: ({ pageParam }) =>
      transport.listRuns({
        ...(status ? { status: [status] } : {}),
        ...(q ? { q } : {}),
        ...(pageParam ? { cursor: pageParam } : {}),
      }),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor,
    refetchInterval: 3_000,
    placeholderData: keepPreviousData,
  });
  const runners = useQuery({
    queryKey: ['runners'],
    queryFn: () => transport.listRunners(),
    refetchInterval: 10_000,
  });
  const names = new Map(runners.data?.map((runner) => [runner.id, runner.name]));
  const list = runs.data?.pages.flatMap((page) => page.data);

  const change = (name: 'status' | 'q', value: string) =>
    setSearch(
      (before) => {
        const after = new URLSearchParams(before);
        if (value) after.set(name, value);
        else after.delete(name);
        return after;
      },
      { replace: true },
    );

  return (
    <div className="mx-auto flex max-w-7xl flex-col gap-4 px-4 py-5 sm:px-6">
      <div className="flex flex-wrap items-center gap-3">
        <h1 className="mr-auto font-semibold text-xl">Sessions</h1>
        <Link href="/sessions/new" className="button primary">
          New session <kbd className="hidden border-current text-inherit sm:inline">n</kbd>
        </Link>
      </div>
      <Filters
        status={status}
        text={text}
        onStatus={(value) => change('status', value)}
        onText={(value) => {
          setText(value);
          change('q', value.trim());
        }}
      />
      <ErrorNote error={runs.error} />
      {list ? (
        <SessionList runs={list} names={names} now={now} filtered={Boolean(status || q)} />
      ) : (
        runs.isPending && <Skeleton lines={9} />
      )}
      {runs.hasNextPage && (
        <button
          type="button"
          className="button self-center"
          disabled={runs.isFetchingNextPage}
          onClick={() => runs.fetchNextPage()}
        >
          Older sessions
        </button>
      )}
    </div>
  );
}

interface FiltersProps {
  status: RunStatus | undefined;
  text: string;
  onStatus: (status: string) => void;
  onText: (text: string) => void;
}

function Filters({ status, text, onStatus, onText }: FiltersProps) {
  const field = useRef<HTMLInputElement>(null);
  useShortcuts({ '/': () => field.current?.focus() });
  return (
    <search className="flex flex-wrap gap-2">
      <input
        ref={field}
        type="search"
        className="field min-w-40 flex-1"
        placeholder="Search prompts and results   /"
        aria-label="Search prompts and results"
        value={text}
        onChange={(event) => onText(event.target.value)}
      />
      <select
        className="field !w-auto"
        aria-label="Status"
        value={status ?? ''}
        onChange={(event) => onStatus(event.target.value)}
      >
        <option value="">Any status</option>
        {RunStatus.options.map((option) => (
          <option key={option} value={option}>
            {statusWord(option)}
          </option>
        ))}
      </select>
    </search>
  );
}

interface ListProps {
  runs: readonly Run[];
  /** Runner names by id. */
  names: ReadonlyMap<string, string>;
  now: number;
  filtered: boolean;
}

function SessionList({ runs, names, now, filtered }: ListProps) {
  const [, navigate] = useLocation();
  const rows = useRef<HTMLOListElement>(null);
  const step = (by: 1 | -1) => {
    const links = [...(rows.current?.querySelectorAll<HTMLElement>('a') ?? [])];
    const at = links.indexOf(document.activeElement as HTMLElement);
    links[Math.max(0, Math.min(links.length - 1, at + by))]?.focus();
  };
  useShortcuts({ j: () => step(1), k: () => step(-1) });

  if (runs.length === 0 && filtered) {
    return <Empty title="No session fits">Try other words, or any status.</Empty>;
  }
  if (runs.length === 0) {
    return (
      <Empty title="No sessions yet">
        <p>
          A session is one prompt that Claude Code works on in a folder of one of your machines.{' '}
          <button type="button" className="text-accent underline" onClick={() => navigate('/runners')}>
            Connect a runner
          </button>
          , then press <kbd>n</kbd>.
        </p>
      </Empty>
    );
  }
  return (
    <ol ref={rows} className="-mx-2 flex flex-col" aria-label="Sessions">
      {runs.map((run) => (
        <SessionRow key={run.id} run={run} runnerName={names.get(run.runnerId ?? '')} now={now} />
      ))}
    </ol>
  );
}

import { PanelLeftClose, PanelLeftOpen } from 'lucide-react';
import { useEffect, useMemo, useRef } from 'react';
import { Link, useLocation } from 'wouter';
import { readFilter } from '../../sessions/session-filter.js';
import { useSessions } from '../../sessions/use-sessions.js';
import { useShortcuts } from '../../ui/use-shortcuts.js';
import { useStoredText } from '../../ui/use-stored-text.js';
import { groupSessions, type SideGroup } from './group-sessions.js';
import { SideRow } from './side-row.js';

interface Props {
  /** The session on the screen. */
  runId: string;
  /** Whether there is room for it. */
  isShown: boolean;
}

const everything = readFilter(new URLSearchParams());

/** The other sessions, beside the one that is looked at; j and k go from one to the next. */
export function SideList({ runId, isShown }: Props) {
  const [, navigate] = useLocation();
  const [folded, setFolded] = useStoredText('agentfleet.side-list.folded');
  const isOpen = folded === '';
  const box = useRef<HTMLElement>(null);
  const { runs } = useSessions(everything);
  const groups = useMemo(() => groupSessions(runs ?? []), [runs]);
  const threads = groups.flatMap((group) => group.threads);
  const here = threads.findIndex(({ runIds }) => runIds.includes(runId));
  const step = (by: number) => {
    const next = threads[here < 0 ? 0 : here + by];
    if (!next) return;
    const hadFocus = box.current?.contains(document.activeElement);
    // The way back leads out of the sessions, not through every one that was passed.
    navigate(`/sessions/${next.run.id}`, { replace: true });
    if (hadFocus) box.current?.querySelector<HTMLElement>(`[data-thread="${next.id}"]`)?.focus();
  };
  useShortcuts(
    {
      j: { does: 'Next session', act: () => step(1) },
      k: { does: 'Session before', act: () => step(-1) },
    },
    'Session',
  );
  const at = threads[here]?.id;
  useEffect(() => {
    if (at) box.current?.querySelector(`[data-thread="${at}"]`)?.scrollIntoView({ block: 'nearest' });
  }, [at]);

  if (!isShown) return null;
  const Icon = isOpen ? PanelLeftClose : PanelLeftOpen;
  return (
    <nav
      ref={box}
      aria-label="Sessions"
      className={`side-list flex shrink-0 flex-col overflow-y-auto border-line border-r ${isOpen ? 'w-64 2xl:w-80' : 'w-12 items-center'}`}
    >
      <div className={`sticky top-0 z-10 flex items-center bg-paper py-1.5 ${isOpen ? 'pr-1.5 pl-3' : ''}`}>
        {isOpen && (
          <Link href="/sessions" className="mr-auto text-soft hover:underline">
            All sessions
          </Link>
        )}
        <button
          type="button"
          className="button quiet icon"
          aria-expanded={isOpen}
          aria-label="List of sessions"
          title={isOpen ? 'Fold the list' : 'Show the list'}
          onClick={() => setFolded(isOpen ? 'yes' : '')}
        >
          <Icon aria-hidden="true" size={16} />
        </button>
      </div>
      {isOpen ? <Groups groups={groups} at={at} /> : <Counts groups={groups} />}
    </nav>
  );
}

function Groups({ groups, at }: { groups: readonly SideGroup[]; at: string | undefined }) {
  return groups.map(({ name, threads }) => (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is of a form
    <div key={name} role="group" aria-label={name} className="pb-3">
      <h2 className="px-3 pb-0.5 text-soft text-xs">
        {name} <span className="tabular-nums">{threads.length}</span>
      </h2>
      <ul>
        {threads.map(({ id, run, first }) => (
          <li key={id}>
            <SideRow threadId={id} run={run} first={first} isHere={id === at} />
          </li>
        ))}
      </ul>
    </div>
  ));
}

const marks: Record<string, { mark: string; colour: string }> = {
  'Waiting for you': { mark: '◆', colour: 'text-warn' },
  Running: { mark: '●', colour: 'text-accent' },
  Queued: { mark: '◌', colour: 'text-warn' },
};

/** What the folded list still tells. */
function Counts({ groups }: { groups: readonly SideGroup[] }) {
  return (
    <ul className="flex flex-col items-center gap-1 pt-1 text-xs tabular-nums">
      {groups.map(({ name, threads }) => {
        const look = marks[name];
        return (
          look && (
            <li key={name} className={look.colour} title={`${name}: ${threads.length}`}>
              <span aria-hidden="true" className="font-mono">
                {look.mark}
              </span>{' '}
              <span className="sr-only">{name}: </span>
              {threads.length}
            </li>
          )
        );
      })}
    </ul>
  );
}

import type { Run } from '@agentfleet/contract';
import { useState } from 'react';
import { Empty } from '../ui/notes.js';
import { useShortcuts } from '../ui/use-shortcuts.js';
import { useInbox } from './use-inbox.js';
import { useWaiting } from './use-waiting.js';
import { WaitingEntry } from './waiting-entry.js';
import '../session/session.css';

interface Props {
  /** Those that may be shown. */
  runs: readonly Run[];
  /** Runner names by id. */
  names: ReadonlyMap<string, string>;
}

/**
 * Everything that waits for a person, each with what is asked and the place to answer. What is answered keeps its place, so
 * that nothing else comes under a finger that is about to press; what comes anew comes at the end.
 */
export default function WaitingList({ runs, names }: Props) {
  const { waiting } = useWaiting();
  const { entries, forgetAnswered } = useInbox(waiting, runs);
  const [list, setList] = useState<HTMLOListElement | null>(null);
  const step = (by: 1 | -1) => {
    const panels = [...(list?.querySelectorAll<HTMLElement>('[data-approval][data-waits]') ?? [])];
    const here = document.activeElement?.closest('li');
    const at = panels.findIndex((panel) => panel.closest('li') === here);
    const beyond = panels.findIndex((panel) => here && isAfter(panel, here));
    const next = at >= 0 ? at + by : by === 1 ? Math.max(0, beyond) : beyond - 1;
    const panel = panels[Math.max(0, Math.min(panels.length - 1, next))];
    panel?.focus({ preventScroll: true });
    panel?.closest('li')?.scrollIntoView({ block: 'nearest' });
  };
  useShortcuts(
    {
      j: { does: 'Next that waits', act: () => step(1) },
      k: { does: 'The one before', act: () => step(-1) },
    },
    'Waiting',
  );
  if (entries.length === 0) {
    return (
      <Empty title="Nothing waits for you">
        What a session may not do by itself is asked here, to be allowed or denied on the spot.
      </Empty>
    );
  }
  const answered = entries.filter(({ waits }) => !waits).length;
  const left = entries.length - answered;
  return (
    <section aria-label="Waiting for you" className="flex w-full flex-col gap-3">
      <div className="flex min-h-[34px] flex-wrap items-center gap-x-4 gap-y-1 text-soft">
        <p role="status">
          {left === 0
            ? 'Nothing waits for you any more.'
            : `${left} ${left === 1 ? 'waits' : 'wait'} for you.`}
        </p>
        {left > 0 && (
          <p className="hidden sm:block">
            <kbd>j</kbd> <kbd>k</kbd> go to the next and back, <kbd>Ctrl</kbd> or <kbd>⌘</kbd> +{' '}
            <kbd>Enter</kbd> allows
          </p>
        )}
        {answered > 0 && (
          <button type="button" className="button quiet ml-auto" onClick={forgetAnswered}>
            Hide {answered} answered
          </button>
        )}
      </div>
      <ol
        ref={setList}
        aria-label="What is asked"
        className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,40rem),1fr))] items-start gap-x-6 gap-y-4"
      >
        {entries.map((entry) => (
          <WaitingEntry
            key={entry.row.id}
            {...entry}
            runnerName={names.get(entry.run.runnerId ?? '') ?? ''}
          />
        ))}
      </ol>
    </section>
  );
}

const isAfter = (one: Element, other: Element) =>
  (other.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0;

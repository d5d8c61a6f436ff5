import { Plus } from 'lucide-react';
import { useState } from 'react';
import { usePageTitle } from '../base/page-title.js';
import { ErrorNote } from '../ui/notes.js';
import { Skeleton } from '../ui/skeleton.js';
import { ConnectPanel } from './connect/connect-panel.js';
import { placesOf, sortRunners } from './in-order.js';
import { RunnerCard } from './runner-card.js';
import { useRunners } from './use-runners.js';
import { useRunningByRunner } from './use-running.js';

/** The machines that execute sessions, those that are there first, and how to connect another one. */
export default function RunnersPage() {
  const runners = useRunners();
  const running = useRunningByRunner();
  const [asked, setAsked] = useState(false);
  usePageTitle('Runners');
  const all = sortRunners(runners.data ?? []);
  const isFirst = runners.data?.length === 0;
  const firstAway = all.findIndex(({ online }) => !online);
  return (
    <div className="page max-w-5xl">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <h1 className="font-semibold text-xl">Runners</h1>
        {all.length > 0 && <p className="text-soft">{placesOf(all)}</p>}
        {runners.data && !isFirst && (
          <button
            type="button"
            className="button primary ml-auto"
            aria-expanded={asked}
            aria-controls="connect"
            onClick={() => setAsked(!asked)}
          >
            <Plus aria-hidden="true" size={16} />
            Connect a runner
          </button>
        )}
      </div>
      <ErrorNote error={runners.error} retry={() => void runners.refetch()} />
      {runners.isPending && <Skeleton lines={4} />}
      {isFirst && (
        <p className="max-w-2xl text-soft">
          No runner yet. A runner is a small daemon on a machine of yours; it calls out, so no port has to be
          opened, and it works only in the folders you name. It appears here a moment after its start.
        </p>
      )}
      {(asked || isFirst) && <ConnectPanel />}
      <ul className="flex flex-col gap-3 empty:hidden" aria-label="Runners">
        {all.map((runner, index) => (
          <RunnerCard
            key={runner.id}
            runner={runner}
            running={running.get(runner.id) ?? []}
            isFirstAway={index === firstAway && index > 0}
          />
        ))}
      </ul>
    </div>
  );
}

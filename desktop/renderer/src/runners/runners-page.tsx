import { usePageTitle } from '../app/tab-state.js';
import { ErrorNote } from '../ui/notes.js';
import { Skeleton } from '../ui/skeleton.js';
import { ConnectPanel } from './connect/connect-panel.js';
import { RunnerCard } from './runner-card.js';
import { useRunners } from './use-runners.js';

/** The machines that execute sessions, and how to connect another one. */
export default function RunnersPage() {
  const runners = useRunners();
  usePageTitle('Runners');
  return (
    <div className="page max-w-5xl">
      <h1 className="font-semibold text-xl">Runners</h1>
      <ErrorNote error={runners.error} retry={() => void runners.refetch()} />
      {runners.isPending && <Skeleton lines={4} />}
      {runners.data?.length === 0 && (
        <p className="max-w-2xl text-soft">
          No runner yet. A runner is a small daemon on a machine of yours; it calls out, so no port has to be
          opened, and it works only in the folders you name. It appears here a moment after its start.
        </p>
      )}
      <ul className="flex flex-col gap-3 empty:hidden">
        {runners.data?.map((runner) => (
          <RunnerCard key={runner.id} runner={runner} />
        ))}
      </ul>
      {runners.data && <ConnectPanel open={runners.data.length === 0} />}
    </div>
  );
}

import type { Runner, RunnerState } from '@agentfleet/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTransport } from '../app/transport-context.js';
import { formatAge } from '../ui/format.js';
import { ErrorNote } from '../ui/notes.js';
import { Skeleton } from '../ui/skeleton.js';
import { useNow } from '../ui/use-now.js';
import { ConnectPanel } from './connect-panel.js';

/** The machines that execute sessions, and how to connect another one. */
export function RunnersPage() {
  const transport = useTransport();
  const now = useNow(5_000);
  const runners = useQuery({
    queryKey: ['runners'],
    queryFn: () => transport.listRunners(),
    refetchInterval: 3_000,
  });
  return (
    <div className="mx-auto flex max-w-5xl flex-col gap-5 p-4 sm:p-6">
      <h1 className="font-semibold text-xl">Runners</h1>
      <ErrorNote error={runners.error} />
      {runners.isPending && <Skeleton lines={4} />}
      {runners.data?.length === 0 && (
        <p className="text-soft">
          No runner yet. A runner is a small daemon on a machine of yours; it calls out, so no port has to be
          opened. It appears here a moment after its start.
        </p>
      )}
      <ul className="flex flex-col gap-3">
        {runners.data?.map((runner) => (
          <RunnerCard key={runner.id} runner={runner} now={now} />
        ))}
      </ul>
      {runners.data && <ConnectPanel open={runners.data.length === 0} />}
    </div>
  );
}

const states: Record<RunnerState, { word: string; mark: string; colour: string }> = {
  online: { word: 'Online', mark: '●', colour: 'text-good' },
  paused: { word: 'Paused', mark: '‖', colour: 'text-warn' },
  draining: { word: 'Draining', mark: '◐', colour: 'text-warn' },
  offline: { word: 'Offline', mark: '○', colour: 'text-soft' },
};

function RunnerCard({ runner, now }: { runner: Runner; now: number }) {
  const transport = useTransport();
  const queries = useQueryClient();
  const paused = runner.pausedAt !== null;
  const toggle = useMutation({
    mutationFn: () => (paused ? transport.resumeRunner(runner.id) : transport.pauseRunner(runner.id)),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['runners'] }),
  });
  const { word, mark, colour } = states[runner.state];
  return (
    <li className="rounded-lg border border-line bg-raised p-4">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <h2 className="font-semibold">{runner.name}</h2>
        <span className={colour}>
          <span aria-hidden="true">{mark}</span> {word}
          {!runner.online && ` · seen ${formatAge(runner.lastSeenAt, now)}`}
        </span>
        <span className="ml-auto text-soft tabular-nums">
          {runner.activeRuns} of {runner.maxConcurrentRuns} running
        </span>
        <button
          type="button"
          className="button"
          disabled={toggle.isPending}
          aria-label={`${paused ? 'Resume' : 'Pause'} ${runner.name}`}
          onClick={() => toggle.mutate()}
        >
          {paused ? 'Resume' : 'Pause'}
        </button>
      </div>
      <meter
        className="sr-only"
        aria-label={`Load of ${runner.name}`}
        max={runner.maxConcurrentRuns}
        value={runner.activeRuns}
      />
      {runner.pauseNote && <p className="mt-1 text-soft">{runner.pauseNote}</p>}
      <ErrorNote error={toggle.error} />
      <ul className="mt-2 flex flex-wrap gap-1.5" aria-label="Folders">
        {runner.directories.map((directory) => (
          <li key={directory} className="break-all rounded bg-sunken px-1.5 py-0.5 font-mono text-[12.5px]">
            {directory}
          </li>
        ))}
      </ul>
      <p className="mt-2 text-soft">
        {runner.hostname} · {runner.platform} {runner.arch} · runner {runner.version} ·{' '}
        {runner.agentVersion ? (
          `Claude Code ${runner.agentVersion}`
        ) : (
          <span className="text-bad">Claude Code was not found on this machine</span>
        )}
      </p>
    </li>
  );
}

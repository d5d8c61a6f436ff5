import type { RunnerWithSessions } from '@agentfleet/contract';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { ArrowLeft, Plus } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { modes } from '../base/modes.js';
import { usePageTitle } from '../base/page-title.js';
import { useMay } from '../base/signed-in.js';
import { useTransport } from '../base/transport-context.js';
import { SessionRow } from '../sessions/session-row.js';
import { TransportError } from '../transport/transport.js';
import { Age } from '../ui/age.js';
import { Empty, ErrorNote } from '../ui/notes.js';
import { Seen } from '../ui/seen.js';
import { Skeleton } from '../ui/skeleton.js';
import { ForgetRunner } from './forget-runner.js';
import { LastFailure } from './last-failure.js';
import { PauseControl } from './pause-control.js';
import { isPaused, PausedWords } from './paused-words.js';
import { platformWord } from './platforms.js';
import { CredentialConflict, RunnerCredentialFact } from './runner-credential.js';
import { RunnerLoad } from './runner-load.js';
import { RunnerStateMark } from './runner-state.js';
import { ThisComputerMark } from './this-computer-mark.js';

/** One machine: what it is, what it may, and what it works on. */
export default function RunnerPage({ runnerId }: { runnerId: string }) {
  const transport = useTransport();
  const runner = useQuery({
    queryKey: ['runner', runnerId],
    queryFn: () => transport.getRunner(runnerId),
    placeholderData: keepPreviousData,
  });
  const missing = runner.error instanceof TransportError && runner.error.code === 'NOT_FOUND';
  usePageTitle(missing ? 'Nothing here' : (runner.data?.name ?? 'Runner'));
  if (missing) {
    return (
      <Empty title="There is no such runner" isScreen>
        It was forgotten, or belongs to another org.{' '}
        <Link href="/runners" className="text-accent underline">
          To the runners
        </Link>
      </Empty>
    );
  }
  if (!runner.data) {
    return runner.error ? (
      <div className="page max-w-5xl">
        <ErrorNote error={runner.error} retry={() => void runner.refetch()} />
      </div>
    ) : (
      <Skeleton lines={8} />
    );
  }
  return <RunnerView runner={runner.data} />;
}

function RunnerView({ runner }: { runner: RunnerWithSessions }) {
  const mayLaunch = useMay('runs:write');
  return (
    <div className="page max-w-5xl">
      <div className="flex flex-col gap-3">
        <Link href="/runners" className="flex w-max items-center gap-1.5 py-0.5 text-soft hover:text-ink">
          <ArrowLeft aria-hidden="true" size={15} />
          Runners
        </Link>
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
          <h1 className="font-semibold text-xl [overflow-wrap:anywhere]">
            <Seen text={runner.name} />
          </h1>
          <ThisComputerMark runnerId={runner.id} />
          <RunnerStateMark runner={runner} />
          <RunnerLoad runner={runner} />
          <span className="flex flex-wrap gap-2 sm:ml-auto">
            {mayLaunch && (
              <Link href={`/sessions/new?runnerId=${runner.id}`} className="button">
                <Plus aria-hidden="true" size={15} />
                New session here
              </Link>
            )}
            <PauseControl runner={runner} />
            <ForgetRunner runner={runner} />
          </span>
        </div>
        {isPaused(runner) && (
          <p className="rounded-md bg-warn-soft px-3 py-2 text-warn">
            <PausedWords runner={runner} />
          </p>
        )}
        <LastFailure runner={runner} />
        <CredentialConflict credential={runner.credential} />
        {runner.agentVersion === null && (
          <p className="rounded-md bg-bad-soft px-3 py-2 text-bad">
            Claude Code was not found on this machine. Install it there, then run{' '}
            <code className="font-mono">node agentfleet-runner.mjs doctor</code>.
          </p>
        )}
      </div>
      <dl className="panel grid gap-x-8 gap-y-3 sm:grid-cols-2">
        <Fact name="Folders">
          <span className="flex flex-col gap-0.5 font-mono text-[12.5px]">
            {runner.directories.map((directory) => (
              <Link
                key={directory}
                href={`/sessions?${new URLSearchParams({ runnerId: runner.id, cwd: directory })}`}
                className="w-max max-w-full py-0.5 [overflow-wrap:anywhere] hover:text-accent"
              >
                <Seen text={directory} />
              </Link>
            ))}
          </span>
        </Fact>
        <Fact name="Modes it allows">
          {runner.permissionModes.map((mode) => modes[mode].name).join(', ') || 'none'}
        </Fact>
        <Fact name="Machine">
          <Seen text={runner.hostname} /> · {platformWord(runner.platform)} {runner.arch}
        </Fact>
        <Fact name="Versions">
          Runner {runner.version} · Claude Code {runner.agentVersion ?? 'not found'}
        </Fact>
        <Fact name="Credential">
          <RunnerCredentialFact runner={runner} />
        </Fact>
        <Fact name="First seen">
          <Age at={runner.createdAt} />
        </Fact>
        <Fact name="Id">
          <code className="font-mono text-[12.5px] [overflow-wrap:anywhere]">{runner.id}</code>
        </Fact>
      </dl>
      <section aria-label="Its sessions" className="flex flex-col gap-2">
        <div className="flex items-baseline gap-3">
          <h2 className="font-semibold text-base">Sessions</h2>
          {runner.sessions.length > 0 && (
            <Link href={`/sessions?runnerId=${runner.id}`} className="ml-auto py-0.5 text-accent">
              All of them
            </Link>
          )}
        </div>
        {runner.sessions.length === 0 ? (
          <p className="text-soft">It has not worked on any session yet.</p>
        ) : (
          <ol className="@container -mx-2" aria-label="Sessions">
            {runner.sessions.map((run) => (
              <li key={run.id} className="border-line border-b last:border-b-0">
                <SessionRow run={run} runnerName={null} />
              </li>
            ))}
          </ol>
        )}
      </section>
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-soft">{name}</dt>
      <dd className="[overflow-wrap:anywhere]">{children}</dd>
    </div>
  );
}

import type { Run } from '@agentfleet/contract';
import { useQuery } from '@tanstack/react-query';
import { memo, type ReactNode } from 'react';
import { Link } from 'wouter';
import { useTransport } from '../app/transport-context.js';
import { ApprovalHistory } from '../approvals/approval-history.js';
import { modes } from '../launch/modes.js';
import { promptOf } from '../sessions/prompt-of.js';
import { formatCost, formatCount } from '../ui/format.js';
import { RunStatusMark } from '../ui/run-status.js';
import { Seen } from '../ui/seen.js';
import { DeleteSession } from './delete-session.js';

/** How a session was asked for, what it cost, and the thread’s other runs. */
export const SessionDetails = memo(function SessionDetails({ run, onGo }: { run: Run; onGo?: () => void }) {
  const transport = useTransport();
  const thread = useQuery({
    queryKey: ['thread', run.threadId],
    queryFn: () => transport.listRuns({ threadId: run.threadId, limit: 200 }),
  });
  const runners = useQuery({ queryKey: ['runners'], queryFn: () => transport.listRunners() });
  const runner = runners.data?.find((known) => known.id === run.runnerId);
  const models = Object.entries(run.usage?.byModel ?? {});
  return (
    <div className="flex flex-col gap-6">
      <dl className="grid grid-cols-[3.5rem_1fr] gap-x-3 gap-y-1.5">
        <Fact name="Runner">{runner?.name ?? run.runnerId ?? 'any'}</Fact>
        <Fact name="Folder">{run.cwd}</Fact>
        <Fact name="Mode">{modes[run.permissionMode].name}</Fact>
        {run.approvalSec === 0 && <Fact name="Asks">nobody: what the mode does not allow is denied</Fact>}
        <Fact name="Model">{run.model ?? 'Default'}</Fact>
        {run.labels.length > 0 && <Fact name="Labels">{run.labels.join(', ')}</Fact>}
        <Fact name="Asked">
          <time dateTime={run.createdAt} title={new Date(run.createdAt).toLocaleString()}>
            {new Date(run.createdAt).toLocaleString(undefined, instant)}
          </time>
        </Fact>
        {run.parentDeletedAt !== null && <Fact name="Follows">a session that was deleted</Fact>}
        <Fact name="Id">
          <code className="font-mono text-[12px]">{run.id}</code>
        </Fact>
        {run.numTurns !== null && <Fact name="Turns">{run.numTurns}</Fact>}
      </dl>
      {models.length > 0 && (
        <section className="flex flex-col gap-2">
          <h2 className="font-semibold">Tokens</h2>
          {models.map(([model, usage]) => (
            <div key={model}>
              <p className="flex justify-between gap-2">
                <span className="truncate">{model}</span>
                <span className="tabular-nums">{formatCost(usage.costUsd)}</span>
              </p>
              <p className="text-soft tabular-nums">
                {formatCount(usage.inputTokens)} in · {formatCount(usage.outputTokens)} out ·{' '}
                {formatCount(usage.cacheReadTokens)} from cache
              </p>
            </div>
          ))}
        </section>
      )}
      <ApprovalHistory run={run} />
      {thread.data && thread.data.data.length > 1 && (
        <nav aria-label="Thread" className="flex flex-col gap-1">
          <h2 className="font-semibold">Thread</h2>
          {thread.data.data.toReversed().map((other) => (
            <Link
              key={other.id}
              href={`/sessions/${other.id}`}
              onClick={() => onGo?.()}
              aria-current={other.id === run.id ? 'page' : undefined}
              className={`-mx-2 rounded-md px-2 py-1.5 hover:bg-sunken ${other.id === run.id ? 'bg-sunken' : ''}`}
            >
              <span className="line-clamp-2">
                <Seen text={promptOf(other)} />
              </span>
              <RunStatusMark run={other} />
            </Link>
          ))}
        </nav>
      )}
      <DeleteSession run={run} />
    </div>
  );
});

/** Short enough for one line; the seconds are told on hover. */
const instant: Intl.DateTimeFormatOptions = { dateStyle: 'medium', timeStyle: 'short' };

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-soft">{name}</dt>
      <dd className="[overflow-wrap:anywhere]">{children}</dd>
    </>
  );
}

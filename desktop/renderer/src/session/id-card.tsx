import type { Run } from '@agentfleet/contract';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { modes } from '../base/modes.js';
import { useTransport } from '../base/transport-context.js';
import { formatCost, formatCount } from '../ui/format.js';
import { Seen } from '../ui/seen.js';

/** How a run was asked for, and what it used. */
export function IdCard({ run }: { run: Run }) {
  const transport = useTransport();
  const runners = useQuery({ queryKey: ['runners'], queryFn: () => transport.listRunners() });
  const runner = runners.data?.find((known) => known.id === run.runnerId);
  const models = Object.entries(run.usage?.byModel ?? {});
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-3 gap-y-1.5">
      <Fact name="Runner">
        <Seen text={runner?.name ?? run.runnerId ?? 'any'} />
      </Fact>
      <Fact name="Folder">
        <Seen text={run.cwd} />
      </Fact>
      <Fact name="Mode">{modes[run.permissionMode].name}</Fact>
      {run.approvalSec === 0 && <Fact name="Asks">nobody: what the mode does not allow is denied</Fact>}
      <Fact name="Model">
        <Seen text={run.model ?? 'Default'} />
      </Fact>
      {run.labels.length > 0 && (
        <Fact name="Labels">
          <Seen text={run.labels.join(', ')} />
        </Fact>
      )}
      <Fact name="Launched">
        <time dateTime={run.createdAt} title={new Date(run.createdAt).toLocaleString()}>
          {new Date(run.createdAt).toLocaleString(undefined, instant)}
        </time>
      </Fact>
      {run.parentDeletedAt !== null && <Fact name="Follows">a session that was deleted</Fact>}
      <Fact name="Id">
        <code className="font-mono text-[11.5px]">{run.id}</code>
      </Fact>
      {/* What is known at the end has its place from the beginning: nothing below moves when it comes. */}
      <Fact name="Turns">{run.numTurns ?? '–'}</Fact>
      <dt className="text-soft">Tokens</dt>
      {models.length === 0 && <dd className="min-h-[3lh]">–</dd>}
      {models.map(([model, usage]) => (
        <dd key={model} className="col-start-2 min-h-[3lh] [overflow-wrap:anywhere]">
          <Seen text={model} />
          {/* Of one model it is what the run cost, which is said already. */}
          {models.length > 1 && <span className="tabular-nums"> {formatCost(usage.costUsd)}</span>}
          <span className="block text-soft tabular-nums">
            {formatCount(usage.inputTokens)} in · {formatCount(usage.outputTokens)} out ·{' '}
            {formatCount(usage.cacheReadTokens)} from cache
          </span>
        </dd>
      ))}
    </dl>
  );
}

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

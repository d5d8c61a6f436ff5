import type { DirectoryHolder, Run } from '@agentfleet/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useLocation } from 'wouter';
import { useMay } from '../app/signed-in.js';
import { useTransport } from '../app/transport-context.js';
import { promptOf } from '../sessions/prompt-of.js';
import { Age } from '../ui/age.js';
import { firstLine } from '../ui/format.js';
import { ErrorNote } from '../ui/notes.js';
import { Seen } from '../ui/seen.js';

interface Props {
  run: Run;
  /** It stands behind other runs of its thread, and the screen's own Cancel is about those. */
  isLater: boolean;
}

/** A run that has not begun: why it waits, for whom, and what can be done about that. */
export function Queued({ run, isLater }: Props) {
  const mayRun = useMay('runs:write');
  const { queue } = run;
  return (
    <div className="flex flex-col items-start gap-2">
      <p role="status" className="text-warn">
        ◌ {queue?.message ?? 'Waiting in the queue.'}
        {queue && <span className="text-soft"> · place {queue.position}</span>}
      </p>
      {queue?.heldBy && <Holder run={run} holder={queue.heldBy} mayRun={mayRun} />}
      {mayRun && isLater && <CancelLater run={run} />}
    </div>
  );
}

interface HolderProps {
  run: Run;
  holder: DirectoryHolder;
  mayRun: boolean;
}

/** Who works in the folder, since when, and whether this one can begin beside it. */
function Holder({ run, holder, mayRun }: HolderProps) {
  const transport = useTransport();
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  const { runId, since, shared, approvalsWaiting } = holder;
  const other = useQuery({ queryKey: ['run', runId], queryFn: () => transport.getRun(runId) });
  const beside = useMutation({
    mutationFn: async () => {
      const { input: prompt, cwd, permissionMode, model, labels, priority, approvalSec } = run;
      const { timeoutSec, stallSec, maxTurns, maxBudgetUsd, queueTtlSec, retry } = run;
      const limits = { timeoutSec, stallSec, maxTurns, maxBudgetUsd, queueTtlSec, retry, approvalSec };
      await transport.cancelRun(run.id);
      const asked = { prompt, cwd, permissionMode, model, labels, priority, ...limits, sharedCwd: true };
      return transport.createRun({ ...asked, runnerId: run.runnerId });
    },
    onSuccess: (begun) => navigate(`/sessions/${begun.id}`),
    onSettled: () => queries.invalidateQueries({ queryKey: ['run', run.id] }),
  });
  return (
    <>
      <p>
        <Link href={`/sessions/${runId}`} className="text-accent underline [overflow-wrap:anywhere]">
          {other.data ? <Seen text={firstLine(promptOf(other.data))} /> : 'That session'}
        </Link>{' '}
        took the folder <Age at={since} />
        {approvalsWaiting > 0 && <span className="text-warn"> and waits for you</span>}.
        {!shared && ' It keeps the folder for itself: this one begins when it ends.'}
      </p>
      {/* A follow-up goes on with its parent’s session, which cannot be moved. */}
      {shared && mayRun && run.parentRunId === null && (
        <button type="button" className="button" disabled={beside.isPending} onClick={() => beside.mutate()}>
          {beside.isPending ? 'Starting…' : 'Start it beside'}
        </button>
      )}
      <ErrorNote error={beside.error} />
    </>
  );
}

function CancelLater({ run }: { run: Run }) {
  const transport = useTransport();
  const queries = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => transport.cancelRun(run.id),
    onSettled: async () => {
      await queries.invalidateQueries({ queryKey: ['run', run.id] });
      await queries.invalidateQueries({ queryKey: ['thread'] });
    },
  });
  return (
    <>
      <button
        type="button"
        className="button danger"
        disabled={cancel.isPending}
        onClick={() => cancel.mutate()}
      >
        Cancel this follow-up
      </button>
      <ErrorNote error={cancel.error} />
    </>
  );
}

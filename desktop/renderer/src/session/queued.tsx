import type { DirectoryHolder, Run } from '@agentfleet/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from 'wouter';
import { useMay, useMayAct } from '../base/signed-in.js';
import { useTransport } from '../base/transport-context.js';
import { promptOf } from '../sessions/prompt-of.js';
import { whyWords } from '../sessions/why-words.js';
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
  const mayCancel = useMayAct();
  const { queue } = run;
  return (
    <div className="flex flex-col items-start gap-2">
      <p role="status" className="text-warn">
        ◌ <Seen text={queue ? whyWords(queue) : 'Waiting in the queue.'} />
        {queue && <span className="text-soft"> · place {queue.position}</span>}
      </p>
      {queue?.heldBy && <Holder run={run} holder={queue.heldBy} mayRun={mayRun} />}
      {mayCancel && isLater && <CancelLater run={run} />}
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
  const { runId, since, shared, approvalsWaiting } = holder;
  const other = useQuery({ queryKey: ['run', runId], queryFn: () => transport.getRun(runId) });
  const beside = useMutation({
    mutationFn: async () => {
      if (!shared) await transport.updateRun(runId, { sharedCwd: true });
      await transport.updateRun(run.id, { sharedCwd: true });
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['run', run.id] }),
  });
  return (
    <>
      <p>
        <Link href={`/sessions/${runId}`} className="text-accent underline [overflow-wrap:anywhere]">
          {other.data ? <Seen text={shortTitle(promptOf(other.data))} /> : 'That session'}
        </Link>{' '}
        took the folder <Age at={since} />
        {approvalsWaiting > 0 && <span className="text-warn"> and waits for you</span>}. This one begins when
        it ends.
      </p>
      {mayRun && (
        <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <button
            type="button"
            className="button"
            disabled={beside.isPending || beside.isSuccess}
            onClick={() => beside.mutate()}
          >
            {beside.isPending || beside.isSuccess ? 'Starting…' : 'Start it beside'}
          </button>
          <span className="text-soft">Both then change the same files.</span>
        </p>
      )}
      <ErrorNote error={beside.error} />
    </>
  );
}

/** Short enough to stand in a sentence. */
function shortTitle(prompt: string): string {
  const title = firstLine(prompt);
  return title.length > 80 ? `${title.slice(0, 79).trimEnd()}…` : title;
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

import type { Failure, FailureCode, Run } from '@agentfleet/contract';
import { RotateCcw } from 'lucide-react';
import { Link } from 'wouter';
import { useMay } from '../base/signed-in.js';
import { ErrorNote } from '../ui/notes.js';
import { Seen } from '../ui/seen.js';
import { useNow } from '../ui/use-now.js';
import { resetWords } from './reset-words.js';
import { useStartAfresh } from './use-start-afresh.js';

/** What a failure is called, where its sentence alone does not tell what to do about it. */
const names: Partial<Record<FailureCode, string>> = {
  agent_not_logged_in: 'Claude Code is not logged in on this runner',
  no_session_to_resume: 'There is no session to go on with',
  prompt_blocked: 'A hook refused the prompt',
  runner_lost: 'The runner was lost',
  session_not_found: 'Claude’s session is not on this runner',
  unknown_command: 'Claude Code does not know this command',
  usage_limit: 'The account’s usage limit is reached',
};

/** Failures that another session does not have. */
const endOfSession: readonly FailureCode[] = ['session_not_found', 'no_session_to_resume'];

/** Whether there is more to say than its sentence. */
export const needsMore = ({ code }: Failure) => code === 'usage_limit' || endOfSession.includes(code);

/** Why a session failed, and the way on. @param said its sentence stands right above already */
export function FailureNote({ run, failure, said }: { run: Run; failure: Failure; said: boolean }) {
  const { code, message } = failure;
  const mayRun = useMay('runs:write');
  const name = names[code];
  return (
    <div role="status" className="flex flex-col gap-1 rounded-md bg-bad-soft px-3 py-2 text-bad">
      {name && <p className="font-semibold">{name}</p>}
      {!said && message !== name && (
        <p className="[overflow-wrap:anywhere]">
          <Seen text={message} />
        </p>
      )}
      {code === 'usage_limit' && <Reset run={run} at={failure.resetsAt ?? null} mayRun={mayRun} />}
      <p className="font-mono text-[12.5px]">{code}</p>
      {mayRun && endOfSession.includes(code) && <Afresh run={run} />}
    </div>
  );
}

function Reset({ run, at, mayRun }: { run: Run; at: string | null; mayRun: boolean }) {
  const now = useNow(15_000);
  const isOver = at !== null && Date.parse(at) <= now;
  return (
    <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
      {at === null ? (
        'Claude Code did not say when it resets.'
      ) : (
        <time dateTime={at} title={new Date(at).toLocaleString()}>
          {resetWords(at, now)}
        </time>
      )}
      {isOver && mayRun && (
        <Link href={`/sessions/new?from=${run.id}`} className="font-medium underline">
          Launch it again
        </Link>
      )}
    </p>
  );
}

/** The same prompt in a session of its own. */
function Afresh({ run }: { run: Run }) {
  const afresh = useStartAfresh(run);
  return (
    <>
      <button
        type="button"
        className="button mt-1 self-start text-ink"
        disabled={afresh.isPending}
        onClick={() => afresh.mutate(undefined)}
      >
        <RotateCcw aria-hidden="true" size={14} />
        {afresh.isPending ? 'Starting…' : 'Start afresh'}
      </button>
      <p>A new Claude session gets the same prompt; it knows nothing of what was said before.</p>
      <ErrorNote error={afresh.error} />
    </>
  );
}

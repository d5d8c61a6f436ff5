import type { LocalSession } from '@agentfleet/bridge';
import { withHiddenSpelled } from '@agentfleet/contract';
import { useMutation } from '@tanstack/react-query';
import { Link } from 'wouter';
import { ErrorNote } from '../ui/notes.js';
import { useAppClient, useAppState } from './app-context.js';

/** What runs on this computer now, and the way to end it here, also where the server cannot be asked. */
export function RunningHere() {
  const { running } = useAppState().runner;
  if (running.length === 0) return <p className="text-soft">Nothing runs here now.</p>;
  return (
    <ul aria-label="Running here" className="flex flex-col rounded-md border border-line">
      {running.map((session) => (
        <Running key={session.id} session={session} />
      ))}
    </ul>
  );
}

function Running({ session: { id, title, cwd, waitingFor, lastLine } }: { session: LocalSession }) {
  const client = useAppClient();
  const stop = useMutation({ mutationFn: () => client.ask('stopSession', id) });
  return (
    <li className="flex flex-col gap-1 border-line border-b py-2 pr-1 pl-3 last:border-b-0">
      <div className="flex items-center gap-3">
        <div className="min-w-0 flex-1">
          <Link href={`/sessions/${id}`} className="block truncate font-medium hover:underline">
            {title}
          </Link>
          <p className="truncate text-soft">
            {waitingFor.length > 0 ? `Waits for you: ${waitingFor.at(-1)}` : lastLine || cwd}
          </p>
        </div>
        <button
          type="button"
          className="button danger"
          aria-label={withHiddenSpelled(`Stop ${title}`)}
          disabled={stop.isPending}
          onClick={() => stop.mutate()}
        >
          Stop
        </button>
      </div>
      <ErrorNote error={stop.error} />
    </li>
  );
}

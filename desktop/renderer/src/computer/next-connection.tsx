import { useMutation } from '@tanstack/react-query';
import { ErrorNote } from '../ui/notes.js';
import { useAppClient, useAppState } from './app-context.js';

/** The connection that waits for the sessions that run, and the ways out; nothing while there is none. */
export function NextConnectionNote() {
  const client = useAppClient();
  const { next, runner, settings } = useAppState();
  const decide = useMutation({ mutationFn: (how: 'moveNow' | 'stay') => client.ask(how, undefined) });
  if (!next) return null;
  const { length } = runner.running;
  const them = length === 1 ? 'the session that runs has' : `the ${length} sessions that run have`;
  const what =
    next.server === settings.server ? 'The new key is used' : `This computer moves to ${next.server}`;
  return (
    <div role="status" className="flex flex-col gap-2 rounded-md bg-warn-soft px-3 py-2">
      <p className="text-warn [overflow-wrap:anywhere]">
        {what} when {them} ended. Until then it takes nothing new.
      </p>
      <div className="flex flex-wrap gap-2">
        <button
          type="button"
          className="button"
          disabled={decide.isPending}
          onClick={() => decide.mutate('stay')}
        >
          Leave it as it is
        </button>
        <button
          type="button"
          className="button danger"
          disabled={decide.isPending}
          onClick={() => decide.mutate('moveNow')}
        >
          Stop {length === 1 ? 'it' : 'them'} now
        </button>
      </div>
      <ErrorNote error={decide.error} />
    </div>
  );
}

import { useMutation } from '@tanstack/react-query';
import { ErrorNote } from '../ui/notes.js';
import { useAppClient, useAppState } from './app-context.js';

/** What sessions run in: where it comes from, which places and variables, and the way to have it read again. */
export function EnvironmentSetting() {
  const client = useAppClient();
  const { environment } = useAppState();
  const again = useMutation({ mutationFn: () => client.ask('readEnvironment', undefined) });
  return (
    <section aria-label="Environment of sessions" className="flex flex-col gap-2">
      <h3 className="font-medium">Environment</h3>
      {environment === null ? (
        <p className="text-soft">The login shell is asked…</p>
      ) : (
        <>
          <p className={environment.problem === null ? 'text-soft' : 'text-warn'}>
            {environment.problem ?? sourceOf(environment.shell)} Read at{' '}
            <time dateTime={environment.readAt}>{timeOf(environment.readAt)}</time>
            {environment.shell !== null && ` in ${(environment.tookMs / 1_000).toFixed(1)} s`}.
          </p>
          <details>
            <summary>What sessions see</summary>
            <h4 className="mt-2 font-medium">Places of PATH, in order</h4>
            <ol className="list-decimal pl-8 font-mono text-[12.5px]">
              {environment.places.map((place) => (
                <li key={place} className="break-all">
                  {place}
                </li>
              ))}
            </ol>
            <h4 className="mt-2 font-medium">Variables, without their values</h4>
            <p className="break-words font-mono text-[12.5px]">{environment.names.join(' ')}</p>
          </details>
        </>
      )}
      <button
        type="button"
        className="button self-start"
        disabled={again.isPending || environment === null}
        onClick={() => again.mutate()}
      >
        {again.isPending ? 'Reading…' : 'Read again'}
      </button>
      <ErrorNote error={again.error} />
    </section>
  );
}

function sourceOf(shell: string | null): string {
  return shell === null
    ? 'As it was where the app was started.'
    : `From your login shell, ${shell}, as a terminal has it.`;
}

const timeOf = (at: string) => new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });

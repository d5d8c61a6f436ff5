import { useMutation } from '@tanstack/react-query';
import { ErrorNote } from '../ui/notes.js';
import { useAppClient, useAppState } from './app-context.js';
import { NoKeychain } from './no-keychain.js';
import { useStepButton } from './step-button.js';

interface Props {
  /** Of the server to sign in at, as it was typed. */
  server: string;
  /** Uses what was allowed until the app quits, where no keychain takes it. */
  keep: () => Promise<unknown>;
}

/** Signs this computer in through the browser: whoever is signed in there compares the code. No key is copied. */
export function SignInSetting({ server, keep }: Props) {
  const client = useAppClient();
  const { key, signIn } = useAppState();
  const startClass = useStepButton('sign-in');
  const againClass = useStepButton('allow');
  const start = useMutation({
    mutationFn: async () => {
      if (server.trim() === '') throw new Error('Give the address of the server first.');
      await client.ask('signIn', { server });
    },
  });
  const keepIt = useMutation({
    mutationFn: async () => {
      await keep();
      await client.ask('cancelSignIn', undefined);
    },
  });
  const cancel = useMutation({ mutationFn: () => client.ask('cancelSignIn', undefined) });
  if (key.source === 'environment') return null;
  if (signIn?.phase === 'unkept') {
    return <NoKeychain reason={signIn.problem} onSession={() => keepIt.mutate()} />;
  }
  const isOpen = signIn !== null && signIn.phase !== 'failed';
  return (
    <div className="flex flex-col gap-2">
      {!isOpen && (
        <button
          type="button"
          className={`${startClass} self-start`}
          disabled={start.isPending}
          onClick={() => start.mutate()}
        >
          {start.isPending ? 'Asking…' : key.source === 'none' ? 'Sign in with the browser' : 'Sign in again'}
        </button>
      )}
      {isOpen && (
        <section
          aria-label="Signing in"
          className="flex flex-col gap-2 rounded-md border border-line px-3 py-2"
        >
          <p role="status">
            {signIn.phase === 'connecting'
              ? 'Allowed. Connecting…'
              : 'Allow this computer in the browser, if it shows the same code:'}
          </p>
          <p className="font-mono font-semibold text-2xl tracking-widest">{signIn.code}</p>
          <p className="text-soft">
            It is good for ten minutes. Nothing opened? On any computer, open{' '}
            <span className="select-all [overflow-wrap:anywhere]">{signIn.url.replace(/\?.*$/, '')}</span> and
            type the code.
          </p>
          {signIn.phase === 'waiting' && (
            <div className="flex flex-wrap gap-2">
              <button
                type="button"
                className={againClass}
                onClick={() => void client.ask('showSignIn', undefined)}
              >
                Open the page again
              </button>
              <button
                type="button"
                className="button"
                disabled={cancel.isPending}
                onClick={() => cancel.mutate()}
              >
                Cancel
              </button>
            </div>
          )}
        </section>
      )}
      <ErrorNote error={start.error ?? signIn?.problem} />
    </div>
  );
}

import type { BrowserSession } from '@agentfleet/contract';
import { type FormEvent, useState } from 'react';
import type { Transport } from '../transport/transport.js';
import { ErrorNote } from '../ui/notes.js';
import { Wordmark } from '../ui/wordmark.js';

interface Props {
  transport: Transport;
  /** Why one has to sign in (again). */
  reason: string | undefined;
  onSignedIn: (session: BrowserSession) => void;
}

/** Exchanges an API key for a cookie session; the key is forgotten with the form. */
export function SignIn({ transport, reason, onSignedIn }: Props) {
  const [apiKey, setApiKey] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      onSignedIn(await transport.signIn({ apiKey: apiKey.trim() }));
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };

  return (
    <main className="mx-auto flex min-h-full max-w-sm flex-col justify-center gap-6 p-6">
      <h1 className="text-2xl">
        <Wordmark />
      </h1>
      <p className="text-soft">
        Claude Code sessions on your own machines, launched and watched from anywhere.
      </p>
      <form onSubmit={submit} className="flex flex-col gap-3">
        <label htmlFor="api-key" className="font-medium">
          API key
        </label>
        <input
          id="api-key"
          type="password"
          className="field font-mono"
          placeholder="af_live_…"
          autoComplete="current-password"
          spellCheck={false}
          required
          value={apiKey}
          onChange={(event) => setApiKey(event.target.value)}
        />
        <button type="submit" className="button primary" disabled={busy || apiKey.trim() === ''}>
          {busy ? 'Signing in…' : 'Sign in'}
        </button>
      </form>
      {reason && !error && <p role="status">{reason}</p>}
      <ErrorNote error={error} />
      <p className="text-soft">
        The key is exchanged for a session of this browser and is not stored. The first key is printed by{' '}
        <code className="font-mono">npm start</code>; more are made under Settings → API keys.
      </p>
    </main>
  );
}

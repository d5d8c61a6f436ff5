import { useEffect, useRef } from 'react';
import { TransportError } from '../transport/transport.js';
import { useTransport } from './transport-context.js';

/** Calls `onBack` when a server that did not answer does so again. */
export function useServerBack(onBack: () => void): void {
  const transport = useTransport();
  const latest = useRef(onBack);
  latest.current = onBack;
  const was = useRef(true);
  useEffect(
    () =>
      transport.onReachable((now) => {
        if (now && !was.current) latest.current();
        was.current = now;
      }),
    [transport],
  );
}

/** What was sent and may have failed, as a mutation tells it. */
interface Sent {
  error: Error | null;
  reset: () => void;
}

/** Forgets that the server did not answer when it does so again: who reads it then would take it for what is so now. */
export function useForgetUnanswered(...all: readonly Sent[]): void {
  useServerBack(() => {
    for (const { error, reset } of all) if (error instanceof TransportError && error.isTransient) reset();
  });
}

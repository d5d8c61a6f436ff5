import { useEffect, useRef } from 'react';
import { TransportError } from '../transport/transport.js';
import { useTransport } from './transport-context.js';

/** What was sent and may have failed, as a mutation tells it. */
interface Sent {
  error: Error | null;
  reset: () => void;
}

/** Forgets that a server did not answer when it does so again: who reads it then would take it for what is so now. */
export function useServerBack(...all: readonly Sent[]): void {
  const transport = useTransport();
  const latest = useRef(all);
  latest.current = all;
  const was = useRef(true);
  useEffect(
    () =>
      transport.onReachable((now) => {
        const isUnanswered = ({ error }: Sent) => error instanceof TransportError && error.isTransient;
        if (now && !was.current) for (const sent of latest.current.filter(isUnanswered)) sent.reset();
        was.current = now;
      }),
    [transport],
  );
}

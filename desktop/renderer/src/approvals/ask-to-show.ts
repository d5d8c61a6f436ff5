import { useEffect, useRef, useSyncExternalStore } from 'react';

let wanted: string | null = null;
const listeners = new Set<() => void>();

function want(runId: string | null): void {
  wanted = runId;
  for (const listener of [...listeners]) listener();
}

/** Brings what waits in sight once the session is on the screen. */
export function askToShow(runId: string): void {
  want(runId);
}

/** Does what was asked for by `askToShow`, once, as soon as something waits. */
export function useAskedToShow(runId: string, someWait: boolean, show: () => void): void {
  const isWanted = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => wanted === runId,
  );
  const latest = useRef(show);
  latest.current = show;
  useEffect(() => {
    if (!isWanted || !someWait) return;
    want(null);
    latest.current();
  }, [isWanted, someWait]);
  useEffect(
    () => () => {
      // Who goes elsewhere meanwhile wants it no more.
      if (wanted === runId) wanted = null;
    },
    [runId],
  );
}

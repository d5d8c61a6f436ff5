/**
 * How long a page may be out of sight before it gives up its streams, ms. A browser opens six connections to a server over
 * HTTP/1.1, for all its tabs together: those that nobody looks at would keep the others from everything.
 */
const patienceMs = 10_000;

const isHidden = () => globalThis.document?.visibilityState === 'hidden';

/** Resolves while the page is in sight, or `stopped` aborts; at once where there is no page. */
export function inSight(stopped: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (isHidden() && !stopped.aborted) return;
      globalThis.document?.removeEventListener('visibilitychange', look);
      stopped.removeEventListener('abort', look);
      resolve();
    };
    globalThis.document?.addEventListener('visibilitychange', look);
    stopped.addEventListener('abort', look);
    look();
  });
}

/** @returns a signal that aborts when `stopped` does, or the page has been out of sight for a while; and the way to end it */
export function whileInSight(stopped: AbortSignal): { signal: AbortSignal; end: () => void } {
  const over = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const abort = () => over.abort();
  const look = () => {
    clearTimeout(timer);
    if (isHidden()) timer = setTimeout(abort, patienceMs);
  };
  globalThis.document?.addEventListener('visibilitychange', look);
  stopped.addEventListener('abort', abort);
  if (stopped.aborted) abort();
  look();
  return {
    signal: over.signal,
    end() {
      clearTimeout(timer);
      globalThis.document?.removeEventListener('visibilitychange', look);
      stopped.removeEventListener('abort', abort);
    },
  };
}

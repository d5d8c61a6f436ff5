/** A timer that fires later than this stood still with its process, ms. */
const stoodStillMs = 1_000;
/** How long what came meanwhile may take to be read, ms. */
const readingMs = 200;

/**
 * A timeout whose process may be stopped and go on: where it fires late, what came meanwhile is read first, so that it is
 * not told that nothing came.
 * @returns a function that takes it back
 */
export function lateTimer(step: () => void, ms: number): () => void {
  const due = performance.now() + ms;
  let timer = setTimeout(() => {
    if (performance.now() - due < stoodStillMs) step();
    else timer = setTimeout(step, readingMs);
  }, ms);
  return () => clearTimeout(timer);
}

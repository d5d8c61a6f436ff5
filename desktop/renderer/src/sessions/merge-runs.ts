import { isFinal, type Run, type RunRow } from '@agentfleet/contract';

/** One page of a list, newest first. */
export interface Page {
  data: RunRow[];
  nextCursor: string | null;
}

/**
 * The pages with some sessions as they are now: those that are new at their places, those that are gone or do not fit any
 * more left out. What would stand below the last page is left to the page that comes.
 * @param asked ids of the sessions that were looked for
 * @param found those of them that are there and fit
 */
export function withRuns(pages: readonly Page[], asked: Iterable<string>, found: readonly RunRow[]): Page[] {
  const changed = new Set(asked);
  for (const { id } of found) changed.add(id);
  const kept = pages.map((page) => ({ ...page, data: page.data.filter(({ id }) => !changed.has(id)) }));
  const end = pages.at(-1)?.nextCursor ?? null;
  for (const run of found) {
    if (end !== null && run.id < end) continue;
    const page = kept.find(({ nextCursor }) => nextCursor === null || run.id >= nextCursor);
    if (!page) continue;
    const place = page.data.findIndex(({ id }) => id < run.id);
    page.data.splice(place < 0 ? page.data.length : place, 0, run);
  }
  return kept;
}

/** The sessions that may change though the head of the list does not show them. */
export function activeBelow(pages: readonly Run[], head: readonly Run[]): Run[] {
  const newest = new Set(head.map(({ id }) => id));
  return pages.filter((run) => !isFinal(run.status) && !newest.has(run.id));
}

/** Whether so much came at once that sessions are missing between the head and the pages. */
export function hasGap(pages: readonly Run[], head: readonly Run[], headIsAll: boolean): boolean {
  const [newestLoaded] = pages;
  const oldestNew = head.at(-1);
  return (
    !headIsAll && newestLoaded !== undefined && oldestNew !== undefined && oldestNew.id > newestLoaded.id
  );
}

import { isFinal, type Run } from '@agentfleet/contract';

/** What one look at the server found. */
export interface Look {
  /** The newest sessions that fit, newest first. */
  head: readonly Run[];
  /** Older ones as they are now, by id; null where one is gone. */
  older: ReadonlyMap<string, Run | null>;
}

/**
 * The list as it is by the latest look: pages that were loaded earlier, with what is new before them and what
 * changed in them.
 * @param pages newest first
 * @param fits whether a session is one of those that are asked for: one that is not any more disappears
 */
export function mergeRuns(
  pages: readonly Run[],
  look: Look | undefined,
  fits: (run: Run) => boolean,
): readonly Run[] {
  if (!look) return pages;
  const newest = new Set(look.head.map(({ id }) => id));
  const rest = pages.filter(({ id }) => !newest.has(id)).map((run) => look.older.get(run.id) ?? run);
  const gone = (run: Run) => look.older.get(run.id) === null;
  const oldestNew = look.head.at(-1)?.id;
  // What stands among the newest and was not found there is no longer one that fits.
  const left = (run: Run) => oldestNew !== undefined && run.id > oldestNew;
  return [...look.head, ...rest.filter((run) => !gone(run) && !left(run))].filter(fits);
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

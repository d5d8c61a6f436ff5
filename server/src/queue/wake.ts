import type { Wakeups } from '../db/wakeups.js';

/** Says that a run may be taken now: to its runner when it is pinned, else to everybody who waits in the org. */
export function wakeForRun(wakeups: Wakeups, orgId: string, pinnedTo: string | null): void {
  wakeups.wake(pinnedTo === null ? `queue:${orgId}` : `runner:${pinnedTo}`);
}

/** Says that a session ended: its directory, its runner's slot and its org's share are free again. */
export function wakeForEnd(wakeups: Wakeups, orgId: string, runnerId: string | null): void {
  wakeups.wake(`ended:${orgId}`);
  if (runnerId !== null) wakeups.wake(`ended:${runnerId}`);
}

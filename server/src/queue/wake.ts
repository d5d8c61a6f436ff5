import type { Database } from '../db/database.js';

type Told = Pick<Database, 'wakeups' | 'changes'>;

/** Says that a run may be taken now: to its runner when it is pinned, else to everybody who waits in the org. */
export function wakeForRun({ wakeups }: Told, orgId: string, pinnedTo: string | null): void {
  wakeups.wake(pinnedTo === null ? `queue:${orgId}` : `runner:${pinnedTo}`);
}

/** Says that a session ended: its directory, its runner's slot and its org's share are free again. */
export function wakeForEnd({ wakeups, changes }: Told, orgId: string, runnerId: string | null): void {
  wakeups.wake(`ended:${orgId}`);
  if (runnerId === null) return;
  wakeups.wake(`ended:${runnerId}`);
  changes.runner(orgId, runnerId);
}

/** Says that a run is not as it was: to those who follow it, and to those who show it among others. */
export function runChanged({ wakeups, changes }: Told, orgId: string, runId: string): void {
  wakeups.wake(`run:${runId}`);
  changes.run(orgId, runId);
}

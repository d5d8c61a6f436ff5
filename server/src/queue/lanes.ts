import type { PermissionMode } from '@agentfleet/contract';

/** What decides which runners a queued run may go to, and what it must wait for. */
export interface LaneParts {
  /** The runner it is pinned to; null for any. */
  pinnedTo: string | null;
  permissionMode: PermissionMode;
  sharedCwd: boolean;
  /** contract/directories.ts. */
  cwdKey: string;
}

/**
 * Queued runs of one lane are alike to every runner: when its head cannot be taken, neither can the rest. A claim
 * looks at the head of each lane instead of at each run, which keeps it flat however long the queue is.
 * Lanes of one runner, and those of no runner (`*`), lie side by side in the index: `pin|mode|shared|directory`.
 */
export function laneOf({ pinnedTo, permissionMode, sharedCwd, cwdKey }: LaneParts): string {
  return `${pinnedTo ?? '*'}|${permissionMode}|${sharedCwd ? 'shared' : 'alone'}|${cwdKey}`;
}

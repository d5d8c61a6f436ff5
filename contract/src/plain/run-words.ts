export const runStatuses = ['QUEUED', 'CLAIMED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED'] as const;
type RunStatus = (typeof runStatuses)[number];

/** The statuses a run never leaves (but for a lost runner that returns with the rest of the log). */
export const finalStatuses = ['SUCCEEDED', 'FAILED', 'CANCELLED'] as const satisfies readonly RunStatus[];

export function isFinal(status: RunStatus): status is (typeof finalStatuses)[number] {
  return (finalStatuses as readonly RunStatus[]).includes(status);
}

/** Claude Code's permission modes, as the public API documentation lists them. */
export const permissionModes = ['default', 'acceptEdits', 'bypassPermissions', 'plan'] as const;

/**
 * `waiting` for a person; `allowed` or `denied` by one; `expired` when nobody answered in time (the tool was denied);
 * `withdrawn` when the session ended, or went on, without needing the answer any more.
 */
export const approvalStates = ['waiting', 'allowed', 'denied', 'expired', 'withdrawn'] as const;

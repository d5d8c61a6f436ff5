import type { PermissionMode } from '@agentfleet/contract';

/** Each permission mode by a short name and in one plain sentence. */
export const modes: Record<PermissionMode, { name: string; sentence: string }> = {
  default: {
    name: 'Default',
    sentence: 'Claude reads freely; commands and changes wait until you allow them.',
  },
  acceptEdits: {
    name: 'Accept edits',
    sentence:
      'Claude also creates, changes, moves and deletes files in the folder; other commands wait until you allow them.',
  },
  plan: {
    name: 'Plan',
    sentence: 'Claude looks around and writes a plan; it changes nothing until you approve it.',
  },
  bypassPermissions: {
    name: 'Bypass permissions',
    sentence: 'Claude may run every command and change every file your user can, without asking.',
  },
};

import type { PermissionMode } from '@agentfleet/contract';

/** Each permission mode by a short name and in one plain sentence. */
export const modes: Record<PermissionMode, { name: string; sentence: string }> = {
  default: {
    name: 'Default',
    sentence: 'Claude reads freely; what would need a permission that nobody can give is denied.',
  },
  acceptEdits: {
    name: 'Accept edits',
    sentence: 'Claude may also create and change files in the folder without asking.',
  },
  plan: {
    name: 'Plan',
    sentence: 'Claude looks around and writes a plan; it changes nothing.',
  },
  bypassPermissions: {
    name: 'Bypass permissions',
    sentence: 'Claude may run every command and change every file your user can, without asking.',
  },
};

import type { Scope } from '@agentfleet/contract';

/** What a scope lets its key do, in words. */
export const scopeWords: Record<Scope, string> = {
  admin: 'Everything, keys and runners included',
  'runs:write': 'Launch, follow up, cancel; and read',
  'runs:read': 'Only look',
  runner: 'Connect a runner',
};

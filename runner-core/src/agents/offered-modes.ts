import type { PermissionMode } from '@agentfleet/contract';
import type { AgentProbe } from './agent.js';

/**
 * Of the modes that a runner's user allows those that the agent takes, and why the others are not among them; '' where none
 * is left out.
 */
export function offeredModes(
  allowed: readonly PermissionMode[],
  probe: AgentProbe,
): { modes: PermissionMode[]; why: string } {
  const refused = probe.ok ? probe.refuses.filter(({ mode }) => allowed.includes(mode)) : [];
  const modes = allowed.filter((mode) => !refused.some((each) => each.mode === mode));
  return { modes, why: refused.map(({ message }) => message).join(' ') };
}

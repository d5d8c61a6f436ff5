import type { PermissionAnswer, PermissionRequest } from '../agents/agent.js';
import type { Settled } from './approval-desk.js';

/** What was settled, as a line of the session's log. */
export function settledWords({ message }: PermissionRequest, { state, decision }: Settled): string {
  switch (state) {
    case 'allowed':
      return `allowed by ${decision?.decidedBy}${decision?.forSession ? ' for the session' : ''}: ${message}`;
    case 'denied':
      return `denied by ${decision?.decidedBy}: ${message}${decision?.reason ? ` (${decision.reason})` : ''}`;
    case 'expired':
      return `denied, as nobody answered in time: ${message}`;
    case 'unasked':
      return `denied, as nobody can be asked: ${message}`;
    case 'withdrawn':
      return `no longer waiting for approval: ${message}`;
  }
}

/** What was settled, as the agent is told it: it goes on with the reason of a denial. */
export function permissionAnswer(
  { tool }: PermissionRequest,
  { state, decision }: Settled,
  waitSec: number,
): PermissionAnswer {
  if (state === 'allowed') {
    return { allow: true, forSession: decision?.forSession ?? false, answers: decision?.answers ?? null };
  }
  return { allow: false, reason: decision?.reason ?? `${denial(tool, state, waitSec)} ${goOn}` };
}

const goOn = 'Go on without it, or say what you would need.';

function denial(tool: string, state: Settled['state'], waitSec: number): string {
  if (state === 'denied') return `A person denied this use of ${tool}.`;
  if (state === 'expired')
    return `Nobody answered within ${waitSec} seconds, so this use of ${tool} was denied.`;
  return `${tool} needs a permission that this session’s permission mode does not grant, and nobody can be asked.`;
}

import { markerVariable } from '../../processes/marker.js';

/** What tells Claude Code that it runs inside another Claude Code, and what belongs to our own process. */
const dropped = new Set([
  'CLAUDECODE',
  'CLAUDE_CODE_ENTRYPOINT',
  'CLAUDE_CODE_SSE_PORT',
  'CLAUDE_CODE_SESSION_ID',
  'CLAUDE_CODE_CHILD_SESSION',
  'ELECTRON_RUN_AS_NODE',
  'NODE_CHANNEL_FD',
  'NODE_CHANNEL_SERIALIZATION_MODE',
  markerVariable,
]);

/**
 * The environment of a session: the user's own, with HOME, PATH and credentials, but without AgentFleet's
 * settings and keys, and with the marker by which the session's processes are found. Names are compared without
 * case, as Windows does.
 */
export function childEnvironment(env: NodeJS.ProcessEnv, runId: string): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => {
    const upper = name.toUpperCase();
    return !upper.startsWith('AGENTFLEET_') && !dropped.has(upper);
  });
  return { ...Object.fromEntries(kept), [markerVariable]: runId };
}

import { markerVariable } from '../../processes/marker.js';
import { isOurs, usersOwn } from './users-own.js';

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
/** What a shell says of itself, and nobody misses. */
const passing = new Set(['PWD', 'OLDPWD', 'SHLVL', '_', 'INIT_CWD', 'INVOCATION_ID', 'JOURNAL_STREAM']);

/**
 * The environment of a session, made of what is the user's own in the runner's (users-own.ts) and of what `ALLOWED_ENV`
 * there names, with the marker by which the session's processes are found. A secret that nobody named for sessions, of
 * whatever program it is, is not in it.
 */
export function childEnvironment(env: NodeJS.ProcessEnv, runId: string): NodeJS.ProcessEnv {
  const isUsers = usersOwn(settingIn(env, 'ALLOWED_ENV'));
  const kept = Object.entries(env).filter(([name]) => isUsers(name) && !dropped.has(name.toUpperCase()));
  return { ...Object.fromEntries(kept), [markerVariable]: runId };
}

/** The variables of the runner's environment that sessions could miss: `ALLOWED_ENV` names those that they shall see. */
export function keptFromSessions(env: NodeJS.ProcessEnv): string[] {
  const seen = childEnvironment(env, '');
  return Object.keys(env).filter((name) => {
    const upper = name.toUpperCase();
    return !(name in seen) && !isOurs(name) && !dropped.has(upper) && !passing.has(upper);
  });
}

function settingIn(env: NodeJS.ProcessEnv, name: string): string | undefined {
  return Object.entries(env).find(([given]) => given.toUpperCase() === name)?.[1];
}

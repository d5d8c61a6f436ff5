import type { Agent } from '../agents/agent.js';
import type { ControlPlane } from '../control-plane/client.js';
import { Credentials } from '../credentials.js';
import type { Settings } from '../settings.js';
import { examineMachine } from './examine-machine.js';
import { examineServer } from './examine-server.js';
import { brokenAs, type Finding } from './finding.js';

/**
 * Checks everything a runner needs, in the order in which it needs it. Changes nothing.
 * @param server undefined when the settings do not say where it is, or lack a key
 */
export async function* examine(
  settings: Partial<Pick<Settings, 'directories' | 'runnerDir' | 'url' | 'apiKey'>>,
  server: ControlPlane | undefined,
  agent: Agent,
  env: NodeJS.ProcessEnv,
): AsyncGenerator<Finding> {
  if (server) {
    const own = ownCredential(settings);
    if (typeof own === 'object') yield own;
    yield* examineServer(server, typeof own === 'object' ? undefined : own);
  }
  yield* examineMachine(settings.directories ?? [], agent, env);
}

/** What keeps it from being read is said, and keeps the doctor from nothing else. */
function ownCredential(settings: Parameters<typeof Credentials.ownOf>[0]): string | undefined | Finding {
  try {
    return Credentials.ownOf(settings);
  } catch (error) {
    return brokenAs((error as Error).message);
  }
}

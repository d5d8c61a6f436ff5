import { outputOf } from '../../processes/apart.js';
import type { RefusedMode } from '../agent.js';
import { childEnvironment } from './environment.js';
import type { Executable } from './locate.js';

/** ms; it ends as soon as it has read its settings. */
const askTimeout = 30_000;

/** A session that is over before it begins, since nothing is said to it. What the user hooks to a start is not for it. */
const nothing = [
  '-p',
  ...['--input-format', 'stream-json'],
  ...['--output-format', 'stream-json', '--verbose'],
  '--permission-mode=bypassPermissions',
  '--settings={"disableAllHooks":true}',
];

/**
 * The permission modes that Claude Code refuses here: to root bypassPermissions, unless its environment or its user's
 * settings say that this is a sandbox. What it takes for one differs by version, so that it is asked itself.
 */
export async function refusedModes(
  { file, args }: Executable,
  env: NodeJS.ProcessEnv,
): Promise<RefusedMode[]> {
  const sees = childEnvironment(env, 'probe');
  if (process.getuid?.() !== 0 || sees.IS_SANDBOX === '1') return [];
  const said = await outputOf(file, [...args, ...nothing], { env: sees, timeout: askTimeout }).catch(
    (error: Error) => error.message,
  );
  const [refusal] = /[^.\n]*cannot be used with root[^\n]*/i.exec(said) ?? [];
  if (refusal === undefined) return [];
  const message = `Claude Code refuses the mode bypassPermissions to root: “${refusal.trim()}”. Run the runner as another user, or set IS_SANDBOX=1 where this machine is a sandbox.`;
  return [{ mode: 'bypassPermissions', message }];
}

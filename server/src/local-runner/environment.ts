import { delimiter, dirname, join, relative, resolve } from 'node:path';
import { settingNames } from '../setting-names.js';

/** The password of its database is one of them: sessions have no business with them. */
const ofServer: ReadonlySet<string> = new Set(settingNames);
/** What npm tells the script it runs about itself; a project's npm in a session would take it for its own. */
const ofNpm =
  /^(npm_(lifecycle_.*|package_.*|command|execpath|node_execpath|config_(local_prefix|user_agent|npm_version|noproxy))|INIT_CWD)$/i;

/**
 * The environment of the local runner, and so of its sessions: the user's, as it was before `npm start` and the
 * settings of the server came into it.
 * @param repository where npm runs; its `node_modules/.bin`, which npm puts first in PATH, goes to the end, so that the
 *   user's own `claude` and other tools come first
 */
export function localRunnerEnvironment(env: NodeJS.ProcessEnv, repository: string): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !ofServer.has(name.toUpperCase()) && !ofNpm.test(name));
  return Object.fromEntries(
    kept.map(([name, value]) => [name, name.toUpperCase() === 'PATH' ? own(value ?? '', repository) : value]),
  );
}

function own(path: string, repository: string): string {
  const entries = path.split(delimiter);
  const byNpm = entries.filter((entry) => isOfNpm(entry, repository));
  return [...new Set([...entries.filter((entry) => !isOfNpm(entry, repository)), ...byNpm])].join(delimiter);
}

/** npm adds `node_modules/.bin` of the package and of every directory above it, and a folder of its own. */
function isOfNpm(entry: string, repository: string): boolean {
  if (/[\\/]node-gyp-bin[\\/]?$/.test(entry)) return true;
  if (!entry.endsWith(join('node_modules', '.bin'))) return false;
  const owner = dirname(dirname(resolve(entry)));
  return !relative(owner, repository).startsWith('..');
}

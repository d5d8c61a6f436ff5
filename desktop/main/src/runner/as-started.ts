import { readFileSync } from 'node:fs';
import { delimiter } from 'node:path';

/** What a frame around the app puts before places of the user's: an AppImage has a folder of its own in each. */
const lists = ['PATH', 'LD_LIBRARY_PATH', 'XDG_DATA_DIRS', 'GSETTINGS_SCHEMA_DIR'];

/**
 * The environment that the app was started with, without what Electron and an AppImage have put into it since: sessions
 * shall not take themselves for part of a desktop app, e.g. `GDK_BACKEND`, `NO_AT_BRIDGE`, `CHROME_DESKTOP` and
 * another `XDG_CURRENT_DESKTOP` than the desktop's.
 * @param env as it is now
 * @param readBlock gives what Linux keeps of the start of this process; throws where there is none
 */
export function environmentAsStarted(env: NodeJS.ProcessEnv, readBlock = ownBlock): NodeJS.ProcessEnv {
  const { AGENTFLEET_API_KEY: _, ...started } = withoutAppImage(
    fromBlock(env, readBlock) ?? withoutElectrons(env),
  );
  return started;
}

const ownBlock = () => readFileSync('/proc/self/environ', 'utf8');

/** Undefined where the block is none, or was written over: a process may use its place for its title. */
function fromBlock(env: NodeJS.ProcessEnv, readBlock: () => string): NodeJS.ProcessEnv | undefined {
  try {
    const entries = readBlock()
      .split('\0')
      .filter((entry) => entry !== '');
    if (entries.length === 0 || entries.some((entry) => entry.indexOf('=') < 1)) return undefined;
    const started = Object.fromEntries(
      entries.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
    );
    return started.HOME === env.HOME && started.PATH === env.PATH ? started : undefined;
  } catch {
    return undefined;
  }
}

function withoutElectrons(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { ORIGINAL_XDG_CURRENT_DESKTOP: desktop, CHROME_DESKTOP: _, ...own } = env;
  return { ...own, ...(desktop !== undefined && { XDG_CURRENT_DESKTOP: desktop }) };
}

function withoutAppImage(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { APPIMAGE: image, APPDIR: folder, ARGV0: _, OWD: __, ...own } = env;
  if (image === undefined || folder === undefined) return env;
  for (const name of lists) {
    const places = own[name]?.split(delimiter).filter((place) => place !== '' && !place.startsWith(folder));
    if (places) own[name] = places.join(delimiter);
    if (own[name] === '') delete own[name];
  }
  return own;
}

import { userInfo } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import { loginShellPath } from './login-shell.js';

/**
 * The environment sessions run in. An app that the desktop starts does not read the shell's profile, so on macOS and Linux its
 * PATH lacks the places where Claude Code and people's tools are installed. The login shell is asked for its PATH, once; the
 * app's own and the usual places follow.
 */
export async function userEnvironment(
  env: NodeJS.ProcessEnv,
  platform: NodeJS.Platform,
  home: string,
): Promise<NodeJS.ProcessEnv> {
  if (platform === 'win32') return env;
  const own = places(env.PATH);
  const shells = isFromTerminal(env) ? [] : places(await shellsPath(env));
  return { ...env, PATH: [...new Set([...shells, ...own, ...usual(home)])].join(delimiter) };
}

/** There a shell has made PATH already, as the person wanted it. */
function isFromTerminal({ TERM }: NodeJS.ProcessEnv): boolean {
  return TERM !== undefined && TERM !== '' && TERM !== 'dumb';
}

function shellsPath(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const shell = env.SHELL || usersShell();
  return isAbsolute(shell) ? loginShellPath(shell, env) : Promise.resolve(undefined);
}

function usersShell(): string {
  try {
    return userInfo().shell ?? '';
  } catch {
    // A user of no name, as in a container.
    return '';
  }
}

/** A relative one would lead wherever a session works. */
function places(path: string | undefined): string[] {
  return (path ?? '').split(delimiter).filter((entry) => isAbsolute(entry));
}

/** Where installers put Claude Code and version managers their tools, for a shell that says nothing. */
function usual(home: string): string[] {
  return [
    ...['.local/bin', '.claude/local', '.npm-global/bin', 'bin', '.volta/bin', '.asdf/shims'],
    ...['.local/share/mise/shims', '.bun/bin', '.local/share/pnpm', 'Library/pnpm', '.nix-profile/bin'],
  ]
    .map((place) => join(home, place))
    .concat(
      ...['/run/current-system/sw/bin', '/nix/var/nix/profiles/default/bin'],
      ...['/opt/homebrew/bin', '/usr/local/bin', '/usr/bin', '/bin'],
    );
}

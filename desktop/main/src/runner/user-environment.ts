import { userInfo } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import { loginShellEnvironment } from './login-shell.js';

/** What sessions run in, and where it comes from. */
interface UserEnvironment {
  env: NodeJS.ProcessEnv;
  /** The login shell that was asked; null where none was. */
  shell: string | null;
  /** Why that shell gave nothing. */
  problem: string | null;
}

/**
 * The environment sessions run in. An app that the desktop starts does not read the shell's profile, so on macOS and Linux its
 * PATH lacks the places where Claude Code and people's tools are installed, and it lacks what version managers and
 * profiles set. The login shell is asked for what a terminal has; the app's own and the usual places follow.
 */
export async function userEnvironment(
  env: NodeJS.ProcessEnv,
  platform: NodeJS.Platform,
  home: string,
): Promise<UserEnvironment> {
  if (platform === 'win32') return { env, shell: null, problem: null };
  const shell = isFromTerminal(env) ? undefined : shellOf(env);
  const said = shell === undefined ? undefined : await loginShellEnvironment(shell, env);
  const PATH = [...new Set([...places(said?.PATH), ...places(env.PATH), ...usual(home)])].join(delimiter);
  const problem = shell && !said ? `${shell} did not say what it has. The usual places are used.` : null;
  return { env: { ...env, ...said, PATH }, shell: shell ?? null, problem };
}

/** There a shell has made PATH already, as the person wanted it. */
function isFromTerminal({ TERM }: NodeJS.ProcessEnv): boolean {
  return TERM !== undefined && TERM !== '' && TERM !== 'dumb';
}

function shellOf(env: NodeJS.ProcessEnv): string | undefined {
  const shell = env.SHELL || usersShell();
  return isAbsolute(shell) ? shell : undefined;
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

import { delimiter, join } from 'node:path';

/**
 * The environment sessions run in. An app that the desktop starts does not read the shell's profile, so on macOS
 * and Linux its PATH lacks the places where Claude Code and people's tools are installed: they are added at its end.
 */
export function userEnvironment(
  env: NodeJS.ProcessEnv,
  platform: NodeJS.Platform,
  home: string,
): NodeJS.ProcessEnv {
  if (platform === 'win32') return env;
  const usual = [
    join(home, '.local', 'bin'),
    join(home, '.claude', 'local'),
    join(home, '.npm-global', 'bin'),
    join(home, 'bin'),
    '/opt/homebrew/bin',
    '/usr/local/bin',
    '/usr/bin',
    '/bin',
  ];
  const path = (env.PATH ?? '').split(delimiter).filter((entry) => entry !== '');
  return { ...env, PATH: [...new Set([...path, ...usual])].join(delimiter) };
}

import { spawn } from 'node:child_process';

/** How long a shell may take to start, ms: some wait for a network, an agent or a person. */
const patienceMs = 5_000;
/** Of what it prints. */
const mostChars = 1_000_000;
/** Stands around the answer: before it comes what a profile prints, after it what it prints on the way out. */
const mark = '__agentfleet_environment__';
/**
 * Every shell understands this in its own language: a program by its path, and a word in single quotes. The environment
 * is written by a program, since shells have PATH as a list, and show their own words in their own way. An `env` that
 * cannot end values with a zero ends them with lines.
 */
const question = `/bin/sh -c 'printf ${mark}; /usr/bin/env -0 2>/dev/null || /usr/bin/env; printf ${mark}'`;
/** What a shell says of itself, and what it is told so that it stays quiet. */
const passing = new Set(['_', 'PWD', 'OLDPWD', 'SHLVL', 'TERM', 'DISABLE_AUTO_UPDATE']);
/** As a terminal starts it, where version managers put their places; and where a shell cannot do that, as a script. */
const ways = [['-i', '-l', '-c'], ['-l', '-c'], ['-c']];

/**
 * The environment that a person's login shell has in a terminal; undefined where it gives none in time. Whatever it
 * starts is ended with it.
 * @param shell absolute path, as in SHELL
 * @param env what the shell is started in; nothing of ours is told to it
 */
export async function loginShellEnvironment(
  shell: string,
  env: NodeJS.ProcessEnv,
): Promise<NodeJS.ProcessEnv | undefined> {
  const until = performance.now() + patienceMs;
  const own = Object.entries(env).filter(([name]) => !/^(AGENTFLEET|ELECTRON)_/.test(name));
  // No prompt is drawn, no update offered.
  const asked = { ...Object.fromEntries(own), TERM: 'dumb', DISABLE_AUTO_UPDATE: 'true' };
  for (const way of ways) {
    const left = until - performance.now();
    const said = left > 0 ? await ask(shell, way, asked, left) : undefined;
    if (said) return variablesIn(said);
  }
  return undefined;
}

function ask(
  shell: string,
  way: string[],
  env: NodeJS.ProcessEnv,
  patience: number,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    // A session of its own: an interactive shell must not take the terminal that started the app.
    const child = spawn(shell, [...way, question], {
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const settle = (answer: string | undefined) => {
      clearTimeout(timer);
      child.stdout.destroy();
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has ended.
      }
      resolve(answer);
    };
    const timer = setTimeout(() => settle(undefined), patience);
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-mostChars);
      const [, answer, after] = said.split(mark);
      // What the shell has started may hold its output for ever.
      if (after !== undefined) settle(answer);
    });
    child.once('error', () => settle(undefined));
    child.once('close', () => settle(undefined));
  });
}

function variablesIn(said: string): NodeJS.ProcessEnv {
  const entries = said.includes('\0') ? said.split('\0') : said.trimEnd().split(/\n(?=[A-Za-z_]\w*=)/);
  const named = entries.flatMap((entry): [string, string][] => {
    const name = entry.slice(0, Math.max(0, entry.indexOf('=')));
    return name === '' || passing.has(name) || /^AGENTFLEET_/.test(name)
      ? []
      : [[name, entry.slice(name.length + 1)]];
  });
  return Object.fromEntries(named);
}

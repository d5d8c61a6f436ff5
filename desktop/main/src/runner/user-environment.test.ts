import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { userEnvironment } from './user-environment.js';

test('on Windows the environment is what the desktop gives', async () => {
  const windows = { Path: 'C:\\Windows' };
  expect((await userEnvironment(windows, 'win32', 'C:\\Users\\ann')).env).toBe(windows);
});

describe.skipIf(process.platform === 'win32')('elsewhere', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'agentfleet-login-'));
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  /** As a desktop starts the app. @returns the places of its PATH, in order */
  async function placesWith(env: NodeJS.ProcessEnv): Promise<string[]> {
    const given = { HOME: home, PATH: '/usr/bin:/bin', ...env };
    const { PATH = '' } = (await userEnvironment(given, 'linux', home)).env;
    return PATH.split(':');
  }

  /** A shell of the test's own. @param body what it does with its arguments; the last one is what it shall run */
  function aShell(body: string): string {
    const file = join(home, 'shell');
    writeFileSync(file, `#!/bin/sh\nfor run; do :; done\n${body}\n`);
    chmodSync(file, 0o755);
    return file;
  }

  test('what a profile sets is what sessions see, lines and all, and what the shell says of itself is not', async () => {
    const shell = aShell(
      `export NVM_DIR=${home}/.nvm LINES_OF='a\nB=b\n' DESKTOP_ONE=shell AGENTFLEET_X=1; cd /; eval "$run"`,
    );
    const given = {
      HOME: home,
      PATH: '/usr/bin:/bin',
      SHELL: shell,
      DESKTOP_ONE: 'desktop',
      DESKTOP_TWO: '2',
    };
    const { env, ...told } = await userEnvironment(given, 'linux', home);
    expect(told).toEqual({ shell, problem: null });
    const { PATH: _, ...rest } = env;
    expect(rest).toEqual({
      HOME: home,
      SHELL: shell,
      NVM_DIR: `${home}/.nvm`,
      LINES_OF: 'a\nB=b\n',
      DESKTOP_ONE: 'shell',
      DESKTOP_TWO: '2',
    });
  });

  const profile = (name: string, text: string) => {
    mkdirSync(join(home, name, '..'), { recursive: true });
    writeFileSync(join(home, name), text);
  };

  test('where the shell says nothing, the usual places follow those that are there, once each', async () => {
    const places = await placesWith({ SHELL: '/bin/false', PATH: '/usr/bin:relative::/opt/x' });
    expect(places.slice(0, 3)).toEqual(['/usr/bin', '/opt/x', join(home, '.local/bin')]);
    expect(places.filter((place) => place === '/usr/bin')).toHaveLength(1);
    expect(places).not.toContain('relative');
  });

  test('what the login shell has comes first, whatever it prints before and after', async () => {
    const shell = aShell('echo Welcome; PATH=/opt/mine:$PATH; eval "$run"; echo; echo Bye');
    expect((await placesWith({ SHELL: shell })).slice(0, 3)).toEqual(['/opt/mine', '/usr/bin', '/bin']);
  });

  test('a shell that leaves something running is not waited for, and leaves nothing', async () => {
    const left = join(home, 'left');
    const shell = aShell(`PATH=/opt/mine; sleep 600 & echo $! > ${left}; eval "$run"; wait`);
    const began = performance.now();
    expect((await placesWith({ SHELL: shell }))[0]).toBe('/opt/mine');
    expect(performance.now() - began).toBeLessThan(5_000);
    const pid = readFileSync(left, 'utf8').trim();
    await expect.poll(() => spawnSync('kill', ['-0', pid]).status, { timeout: 10_000 }).not.toBe(0);
  });

  test('a shell that hangs is given up after five seconds', { timeout: 20_000 }, async () => {
    const began = performance.now();
    expect((await placesWith({ SHELL: aShell('sleep 600') }))[0]).toBe('/usr/bin');
    expect(performance.now() - began).toBeGreaterThan(4_900);
  });

  test('a shell that cannot be interactive or a login shell is asked without', async () => {
    const shell = aShell('case "$1" in -c) PATH=/opt/mine; eval "$run";; *) exit 2;; esac');
    expect((await placesWith({ SHELL: shell }))[0]).toBe('/opt/mine');
  });

  test('the shell is told nothing of ours, and has no prompt to draw', async () => {
    const told = join(home, 'told');
    const shell = aShell(`env > ${told}; eval "$run"`);
    await placesWith({ SHELL: shell, AGENTFLEET_API_KEY: 'af_live_secret', MINE: 'mine' });
    const env = readFileSync(told, 'utf8');
    expect(env).toContain('MINE=mine');
    expect(env).toContain('TERM=dumb');
    expect(env).not.toContain('af_live_secret');
  });

  test('started in a terminal it has what that has made of PATH, and asks nobody', async () => {
    const asked = join(home, 'asked');
    const places = await placesWith({ SHELL: aShell(`echo > ${asked}`), TERM: 'xterm-256color' });
    expect(places.slice(0, 2)).toEqual(['/usr/bin', '/bin']);
    expect(existsSync(asked)).toBe(false);
  });

  const inBash = 'export PATH="/opt/mine:$PATH"';
  const shells = [
    { shell: 'bash', file: '.bash_profile', line: inBash },
    // Where nvm puts itself: read by interactive shells alone.
    { shell: 'bash', file: '.bashrc', line: `[ -z "$PS1" ] && return; ${inBash}` },
    { shell: 'zsh', file: '.zshrc', line: inBash },
    { shell: 'ksh', file: '.profile', line: inBash },
    { shell: 'fish', file: '.config/fish/config.fish', line: 'set -gx PATH /opt/mine $PATH' },
    { shell: 'tcsh', file: '.tcshrc', line: 'setenv PATH /opt/mine:$PATH' },
    {
      shell: 'nu',
      file: '.config/nushell/env.nu',
      line: '$env.PATH = ($env.PATH | prepend "/opt/mine")',
    },
  ];
  for (const { shell, file, line } of shells) {
    const executable = spawnSync('sh', ['-c', `command -v ${shell}`], { encoding: 'utf8' }).stdout.trim();
    test.skipIf(executable === '')(`a real ${shell} says what ${file} has made of it`, async () => {
      profile(file, `echo Welcome\n${line}\n`);
      if (file === '.bashrc') profile('.bash_profile', '. ~/.bashrc\n');
      const places = await placesWith({ SHELL: executable, XDG_CONFIG_HOME: join(home, '.config') });
      expect(places[0]).toBe('/opt/mine');
    });
  }
});

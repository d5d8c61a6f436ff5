import { expect, test } from 'vitest';
import type { Machine } from './machine.js';
import { terminalIn, terminalRunning } from './terminals.js';

/** Words that would mean something to a shell. */
const hostile = '/home/ann/code/-x $(touch x); rm -rf ~ && "a" \'b\'';

function linux(programs: string[], env: NodeJS.ProcessEnv = {}): Machine {
  const there = new Set(programs.map((name) => `/usr/bin/${name}`));
  return {
    platform: 'linux',
    env: { PATH: '/usr/bin', ...env },
    home: '/home/ann',
    exists: (path) => there.has(path),
  };
}
function windows(programs: string[]): Machine {
  const env = { SYSTEMROOT: 'C:\\Windows', LocalAppData: 'C:\\Users\\ann\\AppData\\Local' };
  return { platform: 'win32', env, home: 'C:\\Users\\ann', exists: (path) => programs.includes(path) };
}
const mac: Machine = { platform: 'darwin', env: {}, home: '/Users/ann', exists: () => true };
const prompt = 'C:\\Windows\\System32\\cmd.exe';
const shell = 'C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe';
const wt = 'C:\\Users\\ann\\AppData\\Local\\Microsoft\\WindowsApps\\wt.exe';

test.each([
  ['gnome-terminal', [`--working-directory=${hostile}`]],
  ['konsole', ['--workdir', hostile]],
  ['wezterm', ['start', '--cwd', hostile]],
  ['xterm', []],
  ['x-terminal-emulator', []],
])('on Linux %s opens in the folder, whose name is one word of its own', (name, args) => {
  expect(terminalIn(linux([name]), hostile)).toEqual({ file: `/usr/bin/${name}`, args, cwd: hostile });
});

test('the terminal that a person named comes first, then the one of the desktop, then the one Debian chose', () => {
  const all = ['x-terminal-emulator', 'gnome-terminal', 'konsole', 'kitty'];
  const file = (env: NodeJS.ProcessEnv) => terminalIn(linux(all, env), '/code')?.file;
  expect(file({ TERMINAL: '/opt/bin/kitty' })).toBe('/usr/bin/kitty');
  expect(file({ XDG_CURRENT_DESKTOP: 'KDE' })).toBe('/usr/bin/konsole');
  expect(file({ TERMINAL: 'sh -c evil' })).toBe('/usr/bin/x-terminal-emulator');
});

test('without a terminal there is none, and none is made up', () => {
  expect(terminalIn(linux([]), '/code')).toBeUndefined();
  expect(terminalRunning(linux(['lxterminal', 'tilix']), '/bin/claude', '/code', '')).toBeUndefined();
  expect(terminalIn(windows([]), 'C:\\code')).toBeUndefined();
});

test('on macOS the system’s own terminal opens, and the folder is a word of its own', () => {
  expect(terminalIn(mac, hostile)).toEqual({
    file: '/usr/bin/open',
    args: ['-a', 'Terminal', hostile],
    cwd: hostile,
  });
  expect(terminalRunning(mac, hostile, '/code', '/tmp/x/run.command')?.args).toEqual([
    '-a',
    'Terminal',
    '/tmp/x/run.command',
  ]);
});

test('on Windows neither a folder nor a program is ever part of a line that is read', () => {
  const folder = 'C:\\code & del * ; "x" %PATH%';
  const launches = [
    terminalIn(windows([wt, prompt, shell]), folder),
    terminalIn(windows([prompt, shell]), folder),
    terminalRunning(windows([wt, prompt, shell]), `${folder}\\claude.exe`, folder, ''),
  ];
  expect(launches.map((launch) => launch?.file)).toEqual([wt, prompt, prompt]);
  for (const launch of launches) {
    expect(launch?.args.join(' ')).not.toContain('code');
    expect(launch?.cwd).toBe(folder);
  }
  // A bare name would be looked for in the folder first.
  for (const launch of launches.slice(1)) expect(launch?.args.join(' ')).toContain(`"${shell}"`);
  expect(launches[2]?.env).toEqual({ AGENTFLEET_PROGRAM: `${folder}\\claude.exe` });
});

test.each([
  ['gnome-terminal', ['--', hostile]],
  ['xfce4-terminal', ['-x', hostile]],
  ['foot', [hostile]],
  ['kitty', ['--', hostile]],
])('on Linux %s runs a program, whose path is one word of its own', (name, args) => {
  expect(terminalRunning(linux([name]), hostile, '/code', '')).toEqual({
    file: `/usr/bin/${name}`,
    args,
    cwd: '/code',
  });
});

import { posix, win32 } from 'node:path';
import type { Launch } from './launch.js';
import { inPath, type Machine, variable } from './machine.js';

interface Terminal {
  name: string;
  /** Of a window in a folder; without it the folder that it is started in counts. */
  inFolder?: (folder: string) => string[];
  /** Before the program that it runs; undefined where it would read the program's path as a line of shell. */
  running?: string[];
}

/** Of Linux desktops. The first one is what Debian's and its children's person chose. */
const terminals: readonly Terminal[] = [
  { name: 'x-terminal-emulator', running: ['-e'] },
  {
    name: 'ptyxis',
    inFolder: (folder) => ['--new-window', `--working-directory=${folder}`],
    running: ['--'],
  },
  { name: 'kgx', inFolder: (folder) => [`--working-directory=${folder}`], running: ['--'] },
  { name: 'gnome-terminal', inFolder: (folder) => [`--working-directory=${folder}`], running: ['--'] },
  { name: 'konsole', inFolder: (folder) => ['--workdir', folder], running: ['-e'] },
  { name: 'xfce4-terminal', inFolder: (folder) => [`--working-directory=${folder}`], running: ['-x'] },
  { name: 'mate-terminal', inFolder: (folder) => [`--working-directory=${folder}`], running: ['-x'] },
  { name: 'kitty', running: ['--'] },
  { name: 'alacritty', running: ['-e'] },
  { name: 'wezterm', inFolder: (folder) => ['start', '--cwd', folder], running: ['start', '--'] },
  { name: 'ghostty', running: ['-e'] },
  { name: 'foot', running: [] },
  { name: 'tilix' },
  { name: 'lxterminal' },
  { name: 'xterm', running: ['-e'] },
];

/** How a terminal opens in a folder; undefined where none was found. @param folder absolute */
export function terminalIn(machine: Machine, folder: string): Launch | undefined {
  if (machine.platform === 'darwin') {
    return { file: '/usr/bin/open', args: ['-a', 'Terminal', folder], cwd: folder };
  }
  if (machine.platform === 'win32') return windowsTerminal(machine, folder);
  const found = findTerminal(machine, () => true);
  return found && { file: found.file, args: found.inFolder?.(folder) ?? [], cwd: folder };
}

/**
 * How a terminal opens and runs a program without arguments; undefined where none was found.
 * @param program absolute path
 * @param script macOS only: an executable file that starts the program
 */
export function terminalRunning(
  machine: Machine,
  program: string,
  folder: string,
  script: string,
): Launch | undefined {
  if (machine.platform === 'darwin') {
    return { file: '/usr/bin/open', args: ['-a', 'Terminal', script], cwd: folder };
  }
  if (machine.platform === 'win32') {
    // The path goes beside the line, not into it: PowerShell reads a variable's value as one word.
    const words = '-NoExit -NoLogo -Command "& $env:AGENTFLEET_PROGRAM"';
    return powerShell(machine, folder, words, { AGENTFLEET_PROGRAM: program });
  }
  const found = findTerminal(machine, ({ running }) => running !== undefined);
  return found && { file: found.file, args: [...(found.running ?? []), program], cwd: folder };
}

function windowsTerminal(machine: Machine, folder: string): Launch | undefined {
  const apps = variable(machine, 'LOCALAPPDATA');
  const file = apps && win32.join(apps, 'Microsoft', 'WindowsApps', 'wt.exe');
  // It takes a semicolon in a path for the end of a command: the folder goes with the process.
  if (file && machine.exists(file)) return { file, args: ['-d', '.'], cwd: folder };
  return powerShell(machine, folder, '-NoExit -NoLogo');
}

/**
 * A console of its own opens only by the command interpreter's `start`, whose line is constant. It names PowerShell by
 * its whole path: a bare name is looked for in the folder first, where a session may have put one.
 */
function powerShell(
  machine: Machine,
  cwd: string,
  words: string,
  env?: Record<string, string>,
): Launch | undefined {
  const system = win32.join(variable(machine, 'SystemRoot') ?? 'C:\\Windows', 'System32');
  const file = win32.join(system, 'cmd.exe');
  const shell = win32.join(system, 'WindowsPowerShell', 'v1.0', 'powershell.exe');
  if (!machine.exists(file) || !machine.exists(shell)) return undefined;
  return { file, args: [`/d /c start "" "${shell}" ${words}`], cwd, isSpelled: true, ...(env && { env }) };
}

function findTerminal(
  machine: Machine,
  fits: (terminal: Terminal) => boolean,
): (Terminal & { file: string }) | undefined {
  for (const terminal of inOrder(machine)) {
    const file = fits(terminal) && inPath(machine, terminal.name);
    if (file) return { ...terminal, file };
  }
  return undefined;
}

/** First the one that the person named, then the desktop's own. */
function inOrder(machine: Machine): readonly Terminal[] {
  const named = posix.basename(variable(machine, 'TERMINAL') ?? '');
  const isKde = /\bKDE\b/i.test(variable(machine, 'XDG_CURRENT_DESKTOP') ?? '');
  const rank = ({ name }: Terminal) => (name === named ? 0 : isKde && name === 'konsole' ? 1 : 2);
  return [...terminals].sort((one, other) => rank(one) - rank(other));
}

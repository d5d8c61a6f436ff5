import { posix, win32 } from 'node:path';
import type { Launch } from './launch.js';
import { inPath, type Machine, variable } from './machine.js';

/** In the order in which they are looked for: those that open a whole folder. */
const commands = [
  'code',
  'cursor',
  'windsurf',
  'zed',
  'zeditor',
  'codium',
  'code-insiders',
  'subl',
  'idea',
  'webstorm',
  'pycharm',
  'kate',
];
const macApps = [
  'Visual Studio Code',
  'Cursor',
  'Windsurf',
  'Zed',
  'VSCodium',
  'Visual Studio Code - Insiders',
  'Sublime Text',
  'IntelliJ IDEA',
  'WebStorm',
  'PyCharm',
  'Xcode',
];
/** Below a folder that a variable names. Batch files such as `code.cmd` need a shell: the programs are started. */
const windowsPrograms: readonly (readonly [string, string])[] = [
  ['LOCALAPPDATA', 'Programs\\Microsoft VS Code\\Code.exe'],
  ['ProgramFiles', 'Microsoft VS Code\\Code.exe'],
  ['LOCALAPPDATA', 'Programs\\cursor\\Cursor.exe'],
  ['LOCALAPPDATA', 'Programs\\Windsurf\\Windsurf.exe'],
  ['LOCALAPPDATA', 'Programs\\Zed\\Zed.exe'],
  ['LOCALAPPDATA', 'Programs\\VSCodium\\VSCodium.exe'],
  ['ProgramFiles', 'VSCodium\\VSCodium.exe'],
  ['ProgramFiles', 'Sublime Text\\sublime_text.exe'],
];

/**
 * How an editor opens a folder or a file; undefined where none was found. An editor shows a file, whatever it is: the
 * system's own choice for it may run it, and is never asked.
 * @param path absolute
 */
export function editorOf(machine: Machine, path: string, isFolder: boolean): Launch | undefined {
  const { platform, exists, home } = machine;
  const flavour = platform === 'win32' ? win32 : posix;
  const cwd = isFolder ? path : flavour.dirname(path);
  if (platform === 'darwin') {
    const places = ['/Applications', posix.join(home, 'Applications')];
    const app = macApps
      .flatMap((name) => places.map((place) => posix.join(place, `${name}.app`)))
      .find(exists);
    if (app) return { file: '/usr/bin/open', args: ['-a', app, path], cwd };
    // What every Mac has opens files as text, nothing else.
    return isFolder ? undefined : { file: '/usr/bin/open', args: ['-a', 'TextEdit', path], cwd };
  }
  if (platform === 'win32') {
    const programs = windowsPrograms.flatMap(([name, rest]) => {
      const root = variable(machine, name);
      return root ? [win32.join(root, rest)] : [];
    });
    const notepad = win32.join(variable(machine, 'SystemRoot') ?? 'C:\\Windows', 'System32', 'notepad.exe');
    const file = [...programs, ...(isFolder ? [] : [notepad])].find(exists);
    return file ? { file, args: [path], cwd } : undefined;
  }
  const named = [variable(machine, 'VISUAL'), variable(machine, 'EDITOR')].flatMap((line) => {
    const name = posix.basename(line?.split(/\s/)[0] ?? '');
    return commands.includes(name) ? [name] : [];
  });
  for (const name of [
    ...named,
    ...commands,
    ...(isFolder ? [] : ['gnome-text-editor', 'gedit', 'mousepad']),
  ]) {
    const file = inPath(machine, name);
    if (file) return { file, args: [path], cwd };
  }
  return undefined;
}

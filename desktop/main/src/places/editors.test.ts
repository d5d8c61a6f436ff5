import { expect, test } from 'vitest';
import { editorOf } from './editors.js';
import type { Machine } from './machine.js';
import { howToReveal } from './revealing.js';

const machine = (platform: NodeJS.Platform, there: string[], env: NodeJS.ProcessEnv = {}): Machine => ({
  platform,
  env: { PATH: '/usr/bin', ...env },
  home: platform === 'darwin' ? '/Users/ann' : '/home/ann',
  exists: (path) => there.includes(path),
});

test('on Linux the editor is the one that a person named, if it opens folders, else the first that is there', () => {
  const there = ['/usr/bin/code', '/usr/bin/subl', '/usr/bin/vim'];
  const file = (env: NodeJS.ProcessEnv) => editorOf(machine('linux', there, env), '/code/a.ts', false)?.file;
  expect(file({})).toBe('/usr/bin/code');
  expect(file({ VISUAL: 'subl --wait' })).toBe('/usr/bin/subl');
  expect(file({ EDITOR: 'vim' })).toBe('/usr/bin/code');
});

test('on macOS an application opens it, also one of the user’s own, and a file at least as text', () => {
  const zed = '/Users/ann/Applications/Zed.app';
  expect(editorOf(machine('darwin', [zed]), '/code', true)).toEqual({
    file: '/usr/bin/open',
    args: ['-a', zed, '/code'],
    cwd: '/code',
  });
  expect(editorOf(machine('darwin', []), '/code/run.command', false)?.args).toEqual([
    '-a',
    'TextEdit',
    '/code/run.command',
  ]);
  expect(editorOf(machine('darwin', []), '/code', true)).toBeUndefined();
});

test('on Windows programs are started, never the batch files beside them', () => {
  const env = { LOCALAPPDATA: 'C:\\L', ProgramFiles: 'C:\\P', SystemRoot: 'C:\\W' };
  const code = 'C:\\P\\Microsoft VS Code\\Code.exe';
  const notepad = 'C:\\W\\System32\\notepad.exe';
  expect(editorOf(machine('win32', [code, notepad], env), 'C:\\x y\\a & b.bat', false)).toEqual({
    file: code,
    args: ['C:\\x y\\a & b.bat'],
    cwd: 'C:\\x y',
  });
  expect(editorOf(machine('win32', [notepad], env), 'C:\\x\\a.bat', false)?.file).toBe(notepad);
  expect(editorOf(machine('win32', [notepad], env), 'C:\\x', true)).toBeUndefined();
});

test('what the system would start is pointed at, and only a plain folder is opened', () => {
  for (const platform of ['linux', 'win32', 'darwin'] as const) {
    expect(howToReveal(platform, '/code/run.sh', false)).toBe('point');
    expect(howToReveal(platform, '/code/app', true)).toBe('open');
  }
  expect(howToReveal('darwin', '/code/Evil.app', true)).toBe('point');
  expect(howToReveal('darwin', '/code/Evil.workflow/', true)).toBe('point');
});

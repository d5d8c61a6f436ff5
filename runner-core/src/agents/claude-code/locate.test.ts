import { expect, test } from 'vitest';
import { candidates, shimTarget } from './locate.js';

test('POSIX: PATH is searched in order, relative entries are not', () => {
  expect(candidates({ PATH: '/usr/bin::bin:.:/opt/bin' }, 'claude', 'linux')).toEqual([
    '/usr/bin/claude',
    '/opt/bin/claude',
  ]);
  expect(candidates({}, 'claude', 'darwin')).toEqual([]);
});

test('Windows: PATH in any case, with quotes, and the kinds of PATHEXT that can be started', () => {
  const env = { Path: '"C:\\Program Files\\npm";tools;D:\\bin', PATHEXT: '.COM;.EXE;.CMD;.JS' };
  expect(candidates(env, 'claude', 'win32')).toEqual([
    'C:\\Program Files\\npm\\claude.exe',
    'C:\\Program Files\\npm\\claude.cmd',
    'D:\\bin\\claude.exe',
    'D:\\bin\\claude.cmd',
  ]);
});

const shim = 'C:\\npm\\claude.cmd';

test('Windows: a shim of npm leads to the program it starts', () => {
  const native = '@ECHO off\r\n"%dp0%\\node_modules\\@anthropic-ai\\claude-code\\bin\\claude.exe"   %*\r\n';
  expect(shimTarget(shim, native)).toBe('C:\\npm\\node_modules\\@anthropic-ai\\claude-code\\bin\\claude.exe');
  const script = [
    'IF EXIST "%dp0%\\node.exe" (SET "_prog=%dp0%\\node.exe") ELSE (SET "_prog=node")',
    'endLocal & "%_prog%"  "%dp0%\\node_modules\\@anthropic-ai\\claude-code\\cli.js" %*',
  ].join('\r\n');
  expect(shimTarget(shim, script)).toBe('C:\\npm\\node_modules\\@anthropic-ai\\claude-code\\cli.js');
});

test('Windows: a batch file of another shape leads nowhere', () => {
  expect(shimTarget(shim, 'call something %*')).toBeUndefined();
});

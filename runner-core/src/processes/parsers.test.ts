import { expect, test } from 'vitest';
import { inheritedMark, limitsHaveMark, takingMark } from './inherited-mark.js';
import { environmentHasMarker, parseStat } from './linux.js';
import { parseMarked, parsePs } from './macos.js';
import { treeOf } from './process-entry.js';
import { systemTool, taskkillArguments } from './windows.js';

test('a tree is the root and everything below it, deepest included, without neighbours', () => {
  const entries = [
    { pid: 1, ppid: 0 },
    { pid: 10, ppid: 1 },
    { pid: 11, ppid: 10 },
    { pid: 12, ppid: 11 },
    { pid: 20, ppid: 1 },
  ];
  expect(treeOf(10, entries).toSorted()).toEqual([10, 11, 12]);
});

test('children whose parent just died are still found below it, and a loop of reused pids ends', () => {
  expect(treeOf(10, [{ pid: 11, ppid: 10 }])).toEqual([11]);
  expect(
    treeOf(10, [
      { pid: 10, ppid: 11 },
      { pid: 11, ppid: 10 },
    ]),
  ).toEqual([10, 11]);
});

test('Linux: the name of a program may hold spaces and parentheses', () => {
  expect(parseStat('42 (my (odd) name) S 7 42 42 0 -1')).toEqual({ pid: 42, ppid: 7 });
});

test('Linux: zombies and empty reads are no live processes', () => {
  expect(parseStat('42 (sh) Z 7 42 42')).toBeUndefined();
  expect(parseStat('')).toBeUndefined();
});

test('Linux: the marker must be a whole variable with a whole value', () => {
  expect(environmentHasMarker('A=1\0AF_RUN_MARKER=clr1\0B=2\0', 'clr1')).toBe(true);
  expect(environmentHasMarker('AF_RUN_MARKER=clr1', 'clr1')).toBe(true);
  expect(environmentHasMarker('AF_RUN_MARKER=clr12\0', 'clr1')).toBe(false);
  expect(environmentHasMarker('X=AF_RUN_MARKER=clr1\0', 'clr1')).toBe(false);
});

test('Linux: the mark is the soft limit on file locks, whole, and of one run alone', () => {
  const limits = (locks: string) =>
    `Max locked memory         unlimited            unlimited            bytes\nMax file locks            ${locks.padEnd(20)} unlimited            locks\n`;
  expect(limitsHaveMark(limits(inheritedMark('clr1')), 'clr1')).toBe(true);
  expect(limitsHaveMark(limits(inheritedMark('clr2')), 'clr1')).toBe(false);
  expect(limitsHaveMark(limits('unlimited'), 'clr1')).toBe(false);
  expect(limitsHaveMark('', 'clr1')).toBe(false);
});

test('Linux: no shell reads what the command is called with', () => {
  const { args } = takingMark('clr1', '/opt/my claude', ['$(touch x)', '; rm', '--resume=a']);
  expect(args.slice(2)).toEqual([
    inheritedMark('clr1'),
    '/opt/my claude',
    '$(touch x)',
    '; rm',
    '--resume=a',
  ]);
  expect(args[1]).not.toContain('claude');
});

test('macOS: ps lists pid, parent and state; zombies are left out', () => {
  const text = '    1     0 Ss\n  501     1 S+\n  777   501 Z\n 1024   501 R<s\n';
  expect(parsePs(text)).toEqual([
    { pid: 1, ppid: 0 },
    { pid: 501, ppid: 1 },
    { pid: 1024, ppid: 501 },
  ]);
});

test('macOS: a marked process is found by the environment behind its command', () => {
  const text = [
    '  501 /bin/sleep 600 HOME=/Users/ann AF_RUN_MARKER=clr1 LANG=C',
    '  502 /bin/sleep 600 HOME=/Users/ann AF_RUN_MARKER=clr12',
    '  503 /bin/sleep 600',
  ].join('\n');
  expect(parseMarked(text, 'clr1')).toEqual([501]);
});

test('Windows: taskkill takes the tree by force', () => {
  expect(taskkillArguments(42)).toEqual(['/PID', '42', '/T', '/F']);
});

test.each([
  [{ SystemRoot: 'D:\\Windows' }, 'D:\\Windows\\System32\\taskkill.exe'],
  [{ windir: 'C:\\WINNT' }, 'C:\\WINNT\\System32\\taskkill.exe'],
  [{}, 'C:\\Windows\\System32\\taskkill.exe'],
  [{ SystemRoot: '.' }, 'C:\\Windows\\System32\\taskkill.exe'],
])('Windows: a program of the system is started by its full path, with %j too', (env, file) => {
  expect(systemTool('taskkill', env).file).toBe(file);
});

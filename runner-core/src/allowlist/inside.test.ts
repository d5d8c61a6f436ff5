import path from 'node:path';
import { expect, test } from 'vitest';
import { isInside } from './inside.js';

test.each([
  ['/code', '/code', true],
  ['/code', '/code/api/src', true],
  ['/code/', '/code/api', true],
  ['/code', '/code/', true],
  ['/', '/etc', true],
  ['/code', '/code-evil', false],
  ['/code', '/code/../etc', false],
  ['/code', '/', false],
  ['/code/api', '/code', false],
  ['/code', '/Code/api', false],
  ['/code', '/code/..hidden', true],
  ['/code', '/code\\..\\..\\etc', false],
])('on POSIX, %s holding %s is %s', (directory, inside, expected) => {
  expect(isInside(path.posix, directory, inside)).toBe(expected);
});

test.each([
  ['C:\\code', 'C:\\code', true],
  ['C:\\code', 'c:\\CODE\\Api', true],
  ['C:\\code\\', 'C:\\code\\api\\', true],
  ['C:\\', 'C:\\anything', true],
  ['C:\\code', 'C:/code/api', true],
  ['C:\\code', 'C:\\code-evil', false],
  ['C:\\code', 'D:\\code\\api', false],
  ['C:\\code', 'C:\\code\\..\\Windows', false],
  ['\\\\server\\share\\code', '\\\\SERVER\\share\\code\\api', true],
  ['\\\\server\\share', '\\\\server\\share-evil\\code', false],
  ['\\\\server\\share\\code', '\\\\other\\share\\code', false],
  ['C:\\code', '\\\\server\\C$\\code', false],
  ['C:\\code', 'C:\\code\\..hidden', true],
])('on Windows, %s holding %s is %s', (directory, inside, expected) => {
  expect(isInside(path.win32, directory, inside)).toBe(expected);
});

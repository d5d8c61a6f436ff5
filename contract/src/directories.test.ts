import { describe, expect, test } from 'vitest';
import { covers, parseDirectory } from './directories.js';

describe('parseDirectory', () => {
  test.each([
    ['/home/ann/code', 'posix', '/home/ann/code'],
    ['/home/ann/code/', 'posix', '/home/ann/code'],
    ['//home///ann/./code', 'posix', '/home/ann/code'],
    ['/home/ann/../bob', 'posix', '/home/bob'],
    ['/../..', 'posix', '/'],
    ['/', 'posix', '/'],
    ['/home/ann/cafe\u0301', 'posix', '/home/ann/caf\u00e9'],
    ['C:\\cafe\u0301', 'windows', 'c:/caf\u00e9'],
    ['C:\\Users\\Ann\\Code', 'windows', 'c:/users/ann/code'],
    ['c:/Users/Ann/Code/', 'windows', 'c:/users/ann/code'],
    ['C:\\code\\..\\..\\evil', 'windows', 'c:/evil'],
    ['C:\\', 'windows', 'c:/'],
    ['C:\\code. \\api', 'windows', 'c:/code/api'],
    ['\\\\?\\C:\\Code', 'windows', 'c:/code'],
    ['\\\\Server\\Share\\Code\\', 'windows', '//server/share/code'],
    ['\\\\Server\\Share\\..\\..\\Other', 'windows', '//server/share/other'],
    ['\\\\?\\UNC\\server\\share\\code', 'windows', '//server/share/code'],
  ] as const)('%j is the %s directory %j', (text, style, key) => {
    expect(parseDirectory(text)).toEqual({ style, key });
  });

  test.each([
    '',
    'code',
    './code',
    '../code',
    '~/code',
    'C:',
    'C:code',
    '\\code',
    '\\\\server',
    '\\\\.\\pipe\\x',
  ])('%j is not absolute', (text) => {
    expect(parseDirectory(text)).toBeUndefined();
  });
});

describe('covers', () => {
  test.each([
    ['/code', '/code', true],
    ['/code', '/code/api', true],
    ['/code', '/code-evil', false],
    ['/code/api', '/code', false],
    ['/', '/anything', true],
    ['c:/', 'c:/code', true],
    ['c:/code', 'd:/code', false],
    ['/Code', '/code', false],
  ])('%j covers %j: %j', (directory, inside, expected) => {
    expect(covers(directory, inside)).toBe(expected);
  });

  test('a file system that ignores case ignores it here', () => {
    expect(covers('/Users/Ann', '/users/ann/code', true)).toBe(true);
  });
});

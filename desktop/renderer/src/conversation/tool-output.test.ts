import { expect, test } from 'vitest';
import { numberedLines, searchHits } from './tool-output.js';

test('a file that was read has its line numbers taken apart, and no notes to the model', () => {
  expect(
    numberedLines('     1→const a = 1;\n    12→\tb\n\n<system-reminder>\nx\n</system-reminder>'),
  ).toEqual([
    { number: 1, text: 'const a = 1;' },
    { number: 12, text: '\tb' },
  ]);
  expect(numberedLines('1\tone\n2\ttwo')).toHaveLength(2);
  expect(numberedLines('File does not exist.')).toBeUndefined();
});

test('hits are told by file, also where the files are those of Windows', () => {
  expect(searchHits('src/a.ts:3:let x\nsrc/a.ts-4-let y\n--\nC:\\code\\b.ts:1:x')).toEqual([
    {
      file: 'src/a.ts',
      lines: [
        { number: 3, text: 'let x' },
        { number: 4, text: 'let y' },
      ],
    },
    { file: 'C:\\code\\b.ts', lines: [{ number: 1, text: 'x' }] },
  ]);
  expect(searchHits('Found 2 files\nsrc/a.ts\nsrc/b.ts').map(({ file }) => file)).toEqual([
    'src/a.ts',
    'src/b.ts',
  ]);
  expect(searchHits('No files found')).toEqual([]);
});

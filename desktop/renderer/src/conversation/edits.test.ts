import { expect, test } from 'vitest';
import { countLines, editLines } from './edits.js';

test('an edit is a diff with its context', () => {
  const lines = editLines('Edit', { old_string: 'a\nb\nc', new_string: 'a\nB\nc' });
  expect(lines).toEqual([
    { type: 'same', text: 'a' },
    { type: 'removed', text: 'b' },
    { type: 'added', text: 'B' },
    { type: 'same', text: 'c' },
  ]);
  expect(countLines(lines ?? [])).toEqual({ added: 1, removed: 1 });
});

test('a write adds every line', () => {
  expect(editLines('Write', { content: 'one\ntwo\n' })).toEqual([
    { type: 'added', text: 'one', line: 1 },
    { type: 'added', text: 'two', line: 2 },
  ]);
});

test('several edits of one call are set apart', () => {
  const edits = [
    { old_string: 'x', new_string: '' },
    { old_string: '', new_string: 'y' },
  ];
  expect(editLines('MultiEdit', { edits })?.map((line) => line.type)).toEqual(['removed', 'gap', 'added']);
});

test('no other tool has a diff', () => {
  expect(editLines('Bash', { command: 'ls' })).toBeUndefined();
  expect(editLines('Edit', {})).toEqual([]);
});

test('once the change is known its lines have their numbers in the file: removed ones as it was', () => {
  const hunks = [
    { oldStart: 7, newStart: 9, lines: [' a', '-b', '+B', '+C', ' d', '\\ No newline at end of file'] },
  ];
  expect(editLines('Edit', { old_string: 'b', new_string: 'B\nC' }, hunks)).toEqual([
    { type: 'same', text: 'a', line: 9 },
    { type: 'removed', text: 'b', line: 8 },
    { type: 'added', text: 'B', line: 10 },
    { type: 'added', text: 'C', line: 11 },
    { type: 'same', text: 'd', line: 12 },
  ]);
});

test('texts that have little in common are not compared for long: all of the one was removed, all of the other is new', () => {
  const lines = (step: number) => Array.from({ length: 12_000 }, (_, at) => `l${(at * step) % 9_973}`);
  const [before, after] = [lines(7_919), lines(104_729)];
  const began = performance.now();
  const shown = editLines('Edit', { old_string: before.join('\n'), new_string: after.join('\n') }) ?? [];
  expect(performance.now() - began).toBeLessThan(2_000);
  expect(countLines(shown)).toEqual({ added: 12_000, removed: 12_000 });
  expect(shown[0]).toEqual({ type: 'removed', text: before[0] });
});

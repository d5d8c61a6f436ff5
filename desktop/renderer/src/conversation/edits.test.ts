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
    { type: 'added', text: 'one' },
    { type: 'added', text: 'two' },
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

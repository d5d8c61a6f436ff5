import { expect, test } from 'vitest';
import { LineReader } from './line-reader.js';

function reading(chunks: Buffer[], maxBytes?: number): string[] {
  const seen: string[] = [];
  const reader = new LineReader(
    { line: (line) => seen.push(line), oversized: (bytes) => seen.push(`<${bytes} bytes>`) },
    maxBytes,
  );
  for (const chunk of chunks) reader.push(chunk);
  reader.end();
  return seen;
}

test('lines are the same however their bytes are cut, also inside a character', () => {
  const bytes = Buffer.from('één\n\n{"a":"🚀"}\nlast');
  const whole = ['één', '', '{"a":"🚀"}', 'last'];
  expect(reading([bytes])).toEqual(whole);
  expect(reading([...bytes].map((byte) => Buffer.from([byte])))).toEqual(whole);
});

test('a line beyond the bound is told by its length, and the next is read again', () => {
  const chunks = ['short\n', 'x'.repeat(50), 'x'.repeat(50), '\nafter\n'].map((text) => Buffer.from(text));
  expect(reading(chunks, 60)).toEqual(['short', '<100 bytes>', 'after']);
});

test('of a line beyond the bound nothing is kept, however long it gets', () => {
  const reader = new LineReader({ line: () => undefined, oversized: () => undefined }, 60);
  const held = Array.from({ length: 10 }, () => {
    reader.push(Buffer.alloc(25, 'x'));
    return reader.heldBytes;
  });
  expect(held).toEqual([25, 50, 0, 0, 0, 0, 0, 0, 0, 0]);
});

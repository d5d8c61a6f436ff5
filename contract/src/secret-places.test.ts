import { expect, test } from 'vitest';
import { secretPlaces } from './secret-places.js';

const environ = 'A=1\0KEY=secret\0MYKEY=other\0EMPTY=\0KEY=again\0Z=';
const fields = Array.from({ length: 49 }, (_each, index) =>
  index === 47 ? '1000' : index === 48 ? String(1_000 + environ.length) : '7',
);
// The name of a program may look like anything.
const stat = (text = fields.join(' ').replace(/^7/, 'S')) => `42 (node) 1 (x)) ${text}`;
const read = (start: number, length: number) =>
  new TextEncoder().encode(environ).slice(start - 1_000, start - 1_000 + length);

test('the values of the named variables are found, each time that they are there, and no others', () => {
  const found = secretPlaces(stat(), read, ['KEY', 'EMPTY', 'NONE']);
  expect(found.map(({ at, length }) => environ.slice(at - 1_000, at - 1_000 + length))).toEqual([
    'secret',
    'again',
  ]);
});

test('where the system does not say where the environment is, nothing is found and nothing read', () => {
  const never = () => {
    throw new Error('read');
  };
  const hidden = fields.map((field, index) => (index >= 47 ? '0' : field)).join(' ');
  expect(secretPlaces(stat(hidden), never, ['KEY'])).toEqual([]);
  expect(secretPlaces('', never, ['KEY'])).toEqual([]);
});

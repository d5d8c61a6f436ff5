import { expect, test } from 'vitest';
import { nthOf, placeAt, totalOf } from './found-places.js';

const lines = [
  { runId: 'a', seq: 3, places: 2 },
  { runId: 'a', seq: 9, places: 1 },
  { runId: 'b', seq: 3, places: 3 },
];

test('places are numbered through the lines of all runs, and each number leads back to its place', () => {
  const places = Array.from({ length: totalOf(lines) }, (_, at) => placeAt(lines, at));
  expect(places.map((place) => `${place?.runId}${place?.seq}.${place?.nth}`)).toEqual([
    'a3.0',
    'a3.1',
    'a9.0',
    'b3.0',
    'b3.1',
    'b3.2',
  ]);
  expect(places.map((place) => place && nthOf(lines, place))).toEqual([0, 1, 2, 3, 4, 5]);
  expect([placeAt(lines, -1), placeAt(lines, 6)]).toEqual([undefined, undefined]);
});

test('where a line has fewer places by now one is at its last, and of one that is gone at none', () => {
  expect(nthOf(lines, { runId: 'a', seq: 3, nth: 7 })).toBe(1);
  expect(nthOf(lines, { runId: 'c', seq: 3, nth: 0 })).toBe(-1);
});

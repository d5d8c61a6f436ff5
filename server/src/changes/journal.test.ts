import { maxChanges } from '@agentfleet/contract';
import { expect, test } from 'vitest';
import { Journal } from './journal.js';

test('a thing that changes often stands once, at its latest place', () => {
  const journal = new Journal(0);
  for (let time = 0; time < 1_000; time += 1) journal.add(['runs clr1']);
  expect(journal.after(0)).toEqual({ place: 1_000, changes: { runs: ['clr1'] } });
  expect(journal.after(999)?.changes).toEqual({ runs: ['clr1'] });
  expect(journal.after(1_000)).toBeUndefined();
});

test('a run that is not as it was is not told of its log besides, until that grows again', () => {
  const journal = new Journal(0);
  journal.add(['logs clr1', 'runs clr1', 'logs clr2']);
  expect(journal.after(0)?.changes).toEqual({ runs: ['clr1'], logs: ['clr2'] });
  journal.add(['logs clr1']);
  expect(journal.after(1)?.changes).toEqual({ logs: ['clr1'] });
});

test('of more changes than it keeps a reader who is behind is to look at everything, and one who kept up is told', () => {
  const journal = new Journal(0);
  journal.add(['runs first']);
  for (let n = 0; n < maxChanges; n += 1) journal.add([`runs clr${n}`]);
  expect(journal.after(0)).toEqual({ place: maxChanges + 1, changes: undefined });
  expect(journal.after(1)?.changes?.runs).toHaveLength(maxChanges);
});

test('what was forgotten is not known to who read before, and nothing is lost to who reads from then on', () => {
  const journal = new Journal(0);
  journal.add(['runs clr1']);
  const place = journal.last;
  const before = performance.now();
  journal.forget();
  expect(journal.after(place)?.changes).toBeUndefined();
  expect(journal.placeAt(before - 1)).toBeUndefined();
  journal.add(['runners run_1']);
  expect(journal.after(journal.last - 1)?.changes).toEqual({ runners: ['run_1'] });
});

import { expect, test } from 'vitest';
import { event } from '../testing/org-with-queue.js';
import { FreshEvents } from './fresh-events.js';

/** What is kept of one append to a run that somebody follows. */
function keptOf(events = [event(2)], dataChars = 0) {
  const fresh = new FreshEvents();
  fresh.following('run');
  fresh.note('org', 'run', 1, events, dataChars);
  return fresh.after('org', 'run', 1);
}

test('only what came right after a seq is known, and to its org alone', () => {
  const fresh = new FreshEvents();
  fresh.following('run');
  fresh.note('org', 'run', 1, [event(1), event(2), event(3)], 0);
  expect(fresh.after('org', 'run', 1)).toEqual([event(2), event(3)]);
  expect(fresh.after('org', 'run', 2)).toBeUndefined();
  expect(fresh.after('other', 'run', 1)).toBeUndefined();
});

test('an append is kept while somebody follows the run', () => {
  const fresh = new FreshEvents();
  fresh.note('org', 'run', 0, [event(1)], 0);
  expect(fresh.after('org', 'run', 0)).toBeUndefined();
  const stops = [fresh.following('run'), fresh.following('run')];
  fresh.note('org', 'run', 0, [event(1)], 0);
  stops[0]?.();
  expect(fresh.after('org', 'run', 0)).toEqual([event(1)]);
  stops[1]?.();
  expect(fresh.after('org', 'run', 0)).toBeUndefined();
});

test('what is large is not kept, be it the payloads or the messages', () => {
  expect(keptOf()).toBeDefined();
  expect(keptOf([event(2)], 20_000)).toBeUndefined();
  expect(
    keptOf(Array.from({ length: 5 }, (_item, index) => event(index + 2, 'x'.repeat(4_000)))),
  ).toBeUndefined();
});

test('of too many runs the one appended to longest ago is forgotten', () => {
  const fresh = new FreshEvents();
  const runs = Array.from({ length: 1_001 }, (_item, index) => `run ${index}`);
  for (const run of runs) {
    fresh.following(run);
    fresh.note('org', run, 0, [event(1)], 0);
  }
  expect(runs.filter((run) => !fresh.after('org', run, 0))).toEqual(['run 0']);
});

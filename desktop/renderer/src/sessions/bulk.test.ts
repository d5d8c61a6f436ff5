import type { Run } from '@agentfleet/contract';
import { expect, test } from 'vitest';
import { toEach } from './bulk.js';
import type { RowNote } from './row-line.js';
import { aRun } from './testing.js';

const runs = Array.from({ length: 10 }, (_, n) => aRun({ id: `r${n}` }));

test('four are at work at once, each is told of, and one that fails keeps none of the others', async () => {
  const notes = new Map<string, RowNote>();
  let [now, most] = [0, 0];
  const act = async ({ id }: Run) => {
    now += 1;
    most = Math.max(most, now);
    await new Promise((resolve) => setImmediate(resolve));
    now -= 1;
    if (id === 'r3') throw new Error('The run has already ended');
    return 'Cancelled';
  };
  expect(await toEach(runs, act, (id, note) => notes.set(id, note))).toEqual({ done: 9, failed: 1 });
  expect([most, notes.size]).toEqual([4, 10]);
  expect(notes.get('r3')).toEqual({ words: 'Not done: The run has already ended', bad: true });
  expect(notes.get('r9')).toEqual({ words: 'Cancelled', bad: false });
});

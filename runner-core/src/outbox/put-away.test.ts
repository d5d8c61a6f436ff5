import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TestControlApi } from '../testing/control-api.js';
import { fileStem, Outbox } from './outbox.js';
import { type Loss, putAway, surer } from './put-away.js';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'put-away-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const run = new TestControlApi().launch();
const kept: Loss[] = ['unclear', 'superseded', 'refused', 'orphaned'];

/** An outbox with two events, of which the server has some. */
async function outbox(acknowledged: number): Promise<Outbox> {
  const made = Outbox.create(directory, run);
  await made.markStarted();
  for (const message of ['one', 'two']) made.append({ kind: 'assistant', message, data: null });
  if (acknowledged > 0) made.acknowledge(acknowledged);
  return made;
}

test.each([...kept, 'deleted' as const])(
  'a log of which nothing was written leaves nothing when it is %s',
  async (loss) => {
    const words = await putAway(Outbox.create(directory, run), loss);
    expect(readdirSync(directory)).toEqual([]);
    expect(words === undefined).toBe(loss !== 'orphaned');
  },
);

test.each(kept)(
  'a log of which the server has a part is kept when it is %s, and its name and place are told',
  async (loss) => {
    const words = await putAway(await outbox(1), loss);
    const [name = ''] = readdirSync(directory);
    expect(name).toBe(`${fileStem(run.id, 1)}.log.${loss === 'unclear' ? 'superseded' : loss}`);
    expect(words).toContain(run.id);
    expect(words).toContain(join(directory, name));
  },
);

test('only when the server has all of it, its end too, and another attempt has the run, a log is deleted', async () => {
  expect(await putAway(await outbox(2), 'superseded')).toBeUndefined();
  expect(readdirSync(directory)).toEqual([]);
  for (const loss of ['unclear', 'refused', 'orphaned'] as const) {
    expect(await putAway(await outbox(2), loss)).toContain('kept');
  }
  const withEnd = await outbox(2);
  await withEnd.end({ status: 'SUCCEEDED', failure: null, costUsd: 1 });
  expect(await putAway(withEnd, 'superseded')).toContain('kept');
});

test('of a run that people deleted nothing is kept, whatever of it was not delivered', async () => {
  const withEnd = await outbox(0);
  await withEnd.end({ status: 'SUCCEEDED', failure: null, costUsd: 1 });
  expect(await putAway(withEnd, 'deleted')).toBeUndefined();
  expect(readdirSync(directory)).toEqual([]);
});

test('what is kept covers nothing that was kept before', async () => {
  for (let count = 0; count < 3; count += 1) await putAway(await outbox(1), 'orphaned');
  expect(readdirSync(directory).sort()).toEqual(
    ['', '.2', '.3'].map((number) => `${fileStem(run.id, 1)}.log${number}.orphaned`).sort(),
  );
});

test('a new log does not cover one of the same attempt that is still there', async () => {
  const before = await outbox(1);
  const next = Outbox.create(directory, { ...run, token: 'att_another' });
  expect(before.eventsAfter(0, 9, 9_000).map(({ message }) => message)).toEqual(['one', 'two']);
  next.remove();
  expect(readdirSync(directory)).toEqual([`${fileStem(run.id, 1)}.log`]);
});

test('of two words about a loss the surer counts, whichever came first', () => {
  expect(surer(undefined, 'unclear')).toBe('unclear');
  expect(surer('unclear', 'superseded')).toBe('superseded');
  expect(surer('orphaned', 'superseded')).toBe('orphaned');
  expect(surer('superseded', 'deleted')).toBe('deleted');
});

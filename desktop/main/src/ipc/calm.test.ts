import type { CommandName } from '@agentfleet/bridge';
import { beforeEach, expect, test } from 'vitest';
import { Calm } from './calm.js';

let now: number;
let calm: Calm;
beforeEach(() => {
  now = 0;
  calm = new Calm(() => now);
});

/** How many of a thousand came through, each as soon as the one before is answered. */
async function thousand(name: CommandName, output: unknown): Promise<number> {
  let count = 0;
  for (let time = 0; time < 1_000; time += 1) {
    await calm
      .keep(name, () => {
        count += 1;
        return output;
      })
      .catch(() => undefined);
  }
  return count;
}

test.each(['stopSession', 'pickFolder', 'runClaude', 'showSignIn'] as const)(
  '%s that a page wants again and again comes a dozen times, and again after a while',
  async (name) => {
    expect(await thousand(name, null)).toBe(12);
    expect(await thousand('saveFile', null)).toBe(0);
    now += 30_000;
    expect(await thousand(name, null)).toBe(12);
  },
);

test('changes that the person declines are counted, and those that nobody is asked about are not', async () => {
  expect(await thousand('applySettings', { outcome: 'applied' })).toBe(1_000);
  expect(await thousand('applySettings', { outcome: 'declined' })).toBe(12);
  expect(await thousand('applySettings', { outcome: 'applied' })).toBe(0);
});

test('what shows nothing outside of the page is never held up', async () => {
  await thousand('pickFolder', null);
  expect(await thousand('request', { status: 200 })).toBe(1_000);
  expect(await thousand('pause', {})).toBe(1_000);
});

test('of one kind there is one dialog, and few changes wait for each other', async () => {
  let close: (nothing: null) => void = () => undefined;
  const closed = new Promise<null>((resolve) => {
    close = resolve;
  });
  const first = calm.keep('pickFolder', () => closed);
  await expect(calm.keep('pickFolder', () => null)).rejects.toThrow('Answer what is open first.');
  const changes = Array.from({ length: 100 }, () => calm.keep('applySettings', () => closed));
  const settled = Promise.allSettled(changes);
  close(null);
  expect(await first).toBeNull();
  expect((await settled).filter(({ status }) => status === 'fulfilled')).toHaveLength(8);
  expect(await calm.keep('pickFolder', () => 'again')).toBe('again');
});

test('what failed makes room for the next', async () => {
  await expect(calm.keep('signIn', () => Promise.reject(new Error('no answer')))).rejects.toThrow(
    'no answer',
  );
  expect(await calm.keep('signIn', () => 'begun')).toBe('begun');
});

test('what costs something is done once more however many ask meanwhile, and they get what that finds', async () => {
  const ends: (() => void)[] = [];
  let begun = 0;
  const look = () =>
    calm.keep('examine', async () => {
      begun += 1;
      const mine = begun;
      await new Promise<void>((resolve) => ends.push(resolve));
      if (mine === 2) throw new Error('not this time');
      return mine;
    });
  const first = look();
  const second = Promise.allSettled([look(), look(), ...Array.from({ length: 1_000 }, look)]);
  await expect.poll(() => ends.length).toBe(1);
  ends.shift()?.();
  expect(await first).toBe(1);
  await expect.poll(() => ends.length).toBe(1);
  const third = Promise.all(Array.from({ length: 1_000 }, look));
  ends.shift()?.();
  expect(new Set((await second).map(({ status }) => status))).toEqual(new Set(['rejected']));
  await expect.poll(() => ends.length).toBe(1);
  ends.shift()?.();
  expect(new Set(await third)).toEqual(new Set([3]));
  const last = look();
  ends.shift()?.();
  expect(await last).toBe(4);
});

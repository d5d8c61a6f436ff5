import { once } from 'node:events';
import { expect, test } from 'vitest';
import { Turns } from './turns.js';

const patient = new AbortController().signal;
const options = {
  most: 2,
  ofOrg: 2,
  ofKey: 2,
  beside: { ofOrg: 1, ofKey: 1 },
  othersAreHere: () => false,
  mostWaiting: 3,
  waitMs: 60_000,
  refusal: 'Too many',
};

/** Who began, in order, and how each is ended. */
function office(turns: Turns) {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const enter = (name: string, over = patient) => {
    const [orgId = '', keyId = ''] = name.split(' ');
    const taken = turns.take({ orgId, keyId }, over, () => {
      begun.push(name);
      return new Promise<void>((end) => ends.set(name, end));
    });
    // Some wait on when their test is over.
    taken.catch(() => undefined);
    return taken;
  };
  const end = async (name: string) => {
    ends.get(name)?.();
    await new Promise(setImmediate);
  };
  return { begun, enter, end };
}

test('the next turn is that of the org that has waited longest for one, however many another has waiting', async () => {
  const { begun, enter, end } = office(new Turns(options));
  for (const name of ['a k1 1', 'a k1 2', 'a k1 3', 'a k1 4', 'a k1 5', 'b k2 1', 'c k3 1']) void enter(name);
  expect(begun).toEqual(['a k1 1', 'a k1 2']);
  for (const name of ['a k1 1', 'a k1 2', 'a k1 3', 'b k2 1']) await end(name);
  expect(begun).toEqual(['a k1 1', 'a k1 2', 'a k1 3', 'b k2 1', 'c k3 1', 'a k1 4']);
});

test('an org has less at once while others are there, and more again when they are gone', async () => {
  let others = true;
  const { begun, enter, end } = office(new Turns({ ...options, most: 4, othersAreHere: () => others }));
  for (const name of ['a k1 1', 'a k1 2', 'a k1 3', 'b k2 1']) void enter(name);
  expect(begun).toEqual(['a k1 1', 'b k2 1']);
  await end('a k1 1');
  expect(begun).toEqual(['a k1 1', 'b k2 1', 'a k1 2']);
  others = false;
  await end('b k2 1');
  expect(begun).toEqual(['a k1 1', 'b k2 1', 'a k1 2', 'a k1 3']);
});

test('a key that has its share at work keeps no other key of its org waiting', async () => {
  const { begun, enter, end } = office(new Turns({ ...options, most: 3, ofOrg: 3, ofKey: 1 }));
  for (const name of ['a k1 1', 'a k1 2', 'a k2 1']) void enter(name);
  expect(begun).toEqual(['a k1 1', 'a k2 1']);
  await end('a k1 1');
  expect(begun).toEqual(['a k1 1', 'a k2 1', 'a k1 2']);
});

test('who leaves while waiting, or finds too many of their own before them, takes nobody’s turn', async () => {
  const { begun, enter, end } = office(new Turns({ ...options, most: 1 }));
  const leaver = new AbortController();
  void enter('a k1 1');
  const left = enter('a k1 2', leaver.signal);
  void enter('a k1 3');
  void enter('a k1 4');
  await expect(enter('a k1 5')).rejects.toMatchObject({ code: 'RATE_LIMITED', retryAfterSec: 2 });
  leaver.abort(new Error('left'));
  await expect(left).rejects.toThrow('left');
  await end('a k1 1');
  expect(begun).toEqual(['a k1 1', 'a k1 3']);
});

test('who waited too long is told when to try again, and finds a turn that was given on', async () => {
  const turns = new Turns({ ...options, most: 1, waitMs: 20 });
  const party = { orgId: 'a', keyId: 'k1' };
  const over = new AbortController();
  const working = turns.take(party, patient, () => once(over.signal, 'abort'));
  await expect(turns.take(party, patient, async () => 'mine')).rejects.toMatchObject({
    code: 'RATE_LIMITED',
  });
  over.abort();
  await working;
  expect(await turns.take(party, patient, async () => 'mine')).toBe('mine');
});

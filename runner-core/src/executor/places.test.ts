import { expect, test } from 'vitest';
import { type Place, Places } from './places.js';

const patient = new AbortController().signal;

/** Takes places and notes who got one, in order. */
function taker(most: number) {
  const places = new Places(most);
  const seated: string[] = [];
  const take = (holder: string, place: Partial<Place> = {}, signal = patient) =>
    places
      .take(holder, { directory: `/code/${holder}`, shared: false, ...place }, signal)
      .then(() => void seated.push(holder));
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return { places, seated, take, settle };
}

test('no more sessions than the machine takes begin at once; the next begins when one has ended', async () => {
  const { places, seated, take, settle } = taker(2);
  for (const holder of ['a', 'b', 'c', 'd']) take(holder);
  await settle();
  expect(seated).toEqual(['a', 'b']);
  places.leave('a');
  places.leave('a');
  await settle();
  expect(seated).toEqual(['a', 'b', 'c']);
});

test('a directory has one session at a time unless all of them share it, and nobody is overtaken in it', async () => {
  const { places, seated, take, settle } = taker(10);
  const directory = '/code';
  take('first', { directory, shared: true });
  take('second', { directory, shared: true });
  take('alone', { directory });
  take('third', { directory, shared: true });
  take('elsewhere');
  await settle();
  expect(seated).toEqual(['first', 'second', 'elsewhere']);
  places.leave('first');
  places.leave('second');
  await settle();
  expect(seated.at(-1)).toBe('alone');
  places.leave('alone');
  await settle();
  expect(seated.at(-1)).toBe('third');
});

test('who is stopped while it waits takes no place', async () => {
  const { places, seated, take, settle } = taker(1);
  const stopped = new AbortController();
  take('a');
  take('b', {}, stopped.signal);
  take('c');
  stopped.abort();
  places.leave('a');
  await settle();
  expect(seated).toEqual(['a', 'b', 'c']);
  places.leave('b');
  take('d');
  await settle();
  expect(seated).toEqual(['a', 'b', 'c']);
});

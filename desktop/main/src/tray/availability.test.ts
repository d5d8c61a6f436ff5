import { expect, test } from 'vitest';
import { hasTray, hasTraySoon, saysYes } from './availability.js';

test('the answer of the desktop is read', () => {
  expect(saysYes('(true,)\n')).toBe(true);
  expect(saysYes('(false,)\n')).toBe(false);
  expect(saysYes('Error: true')).toBe(false);
});

test('macOS and Windows always have a tray', async () => {
  expect(await hasTray('darwin')).toBe(true);
  expect(await hasTray('win32')).toBe(true);
});

test('a tray that comes a moment after the app is found, one that never comes is given up', async () => {
  const answers = [false, false, true];
  expect(await hasTraySoon('linux', 200, async () => answers.shift() ?? false)).toBe(true);
  expect(answers).toEqual([]);
  expect(await hasTraySoon('linux', 5, async () => false)).toBe(false);
});

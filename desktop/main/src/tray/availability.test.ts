import { expect, test } from 'vitest';
import { hasTray, saysYes } from './availability.js';

test('the answer of the desktop is read', () => {
  expect(saysYes('(true,)\n')).toBe(true);
  expect(saysYes('(false,)\n')).toBe(false);
  expect(saysYes('Error: true')).toBe(false);
});

test('macOS and Windows always have a tray', async () => {
  expect(await hasTray('darwin')).toBe(true);
  expect(await hasTray('win32')).toBe(true);
});

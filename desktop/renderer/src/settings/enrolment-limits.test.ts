import { expect, test } from 'vitest';
import { limitsOf, noLimits } from './enrolment-limits.js';

test('fields that are left empty limit nothing', () => {
  expect(limitsOf(noLimits)).toBeUndefined();
  expect(limitsOf({ uses: '', directories: ' \n\n', namePrefix: '  ' })).toBeUndefined();
});

test('folders stand in a line each, and every other limit for itself', () => {
  expect(limitsOf({ ...noLimits, directories: '/home/dev\n  D:\\my code, too \n' })).toEqual({
    directories: ['/home/dev', 'D:\\my code, too'],
  });
  expect(limitsOf({ uses: '5', directories: '', namePrefix: ' laptop- ' })).toEqual({
    ...{ uses: 5, namePrefix: 'laptop-' },
  });
});

import { expect, test } from 'vitest';
import { wantedCoding } from './codings.js';

test.each([
  ['', undefined],
  ['gzip', 'gzip'],
  ['br', 'br'],
  ['gzip, deflate, br, zstd', 'br'],
  ['GZIP', 'gzip'],
  ['gzip;q=1.0, br;q=0.5', 'gzip'],
  ['gzip ; q=0.5 , br ; q=0.500', 'br'],
  ['br;q=0, gzip', 'gzip'],
  ['br;q=0, gzip;q=0', undefined],
  ['*', 'br'],
  ['*;q=0.1', 'br'],
  ['*, br;q=0', 'gzip'],
  ['*;q=0', undefined],
  ['gzip;q=0.5, *;q=0', 'gzip'],
  ['identity', undefined],
  ['identity, gzip;q=0.5', undefined],
  ['identity;q=0.5, gzip', 'gzip'],
  ['identity;q=0, gzip', 'gzip'],
  ['deflate, zstd', undefined],
  ['gzip;q=nonsense', undefined],
  ['gzip;level=9', 'gzip'],
])('Accept-Encoding: %s is answered with %s', (accepted, coding) => {
  expect(wantedCoding(accepted)).toBe(coding);
});

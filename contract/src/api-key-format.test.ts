import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { formatApiKey, isWellFormedApiKey } from './api-key-format.js';

test('a made key has the documented prefix and a right checksum', () => {
  const key = formatApiKey(randomBytes);
  expect(key).toMatch(/^af_live_[0-9A-Za-z]{38}$/);
  expect(isWellFormedApiKey(key)).toBe(true);
});

test('the checksum is the CRC-32 of the random part in base62', () => {
  const key = formatApiKey(() => new Uint8Array(32));
  expect(key.slice(0, 40)).toBe(`af_live_${'0'.repeat(32)}`);
  expect(key.slice(40)).toBe(base62(tableCrc32('0'.repeat(32))));
});

test('one changed character is refused', () => {
  const key = formatApiKey(randomBytes);
  for (let index = 'af_live_'.length; index < key.length; index += 1) {
    const other = key[index] === 'x' ? 'y' : 'x';
    expect(isWellFormedApiKey(key.slice(0, index) + other + key.slice(index + 1))).toBe(false);
  }
});

test.each(['', 'af_live_', 'af_test_abc', 'af_live_AbC123...', ` ${'a'.repeat(46)}`])(
  '%j is not a key',
  (text) => {
    expect(isWellFormedApiKey(text)).toBe(false);
  },
);

function tableCrc32(text: string): number {
  const table = Array.from({ length: 256 }, (_, n) => {
    let c = n;
    for (let k = 0; k < 8; k += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    return c >>> 0;
  });
  let crc = ~0;
  for (const byte of Buffer.from(text)) crc = (table[(crc ^ byte) & 255] ?? 0) ^ (crc >>> 8);
  return ~crc >>> 0;
}

function base62(value: number): string {
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  let text = '';
  for (let rest = value, n = 0; n < 6; n += 1, rest = Math.floor(rest / 62)) text = digits[rest % 62] + text;
  return text;
}

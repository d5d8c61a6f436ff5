import { expect, test, vi } from 'vitest';
import { isReadable } from './is-readable.js';

test('what goes to another computer without encryption can be read on the way', () => {
  const readable = [
    'http://fleet.example',
    'http://192.168.1.4:7373',
    'http://127.evil.example',
    'http://127.0.0.1.evil.example',
    'http://localhost.evil.example',
  ];
  for (const address of readable) expect(isReadable(address), address).toBe(true);
  const safe = [
    'https://fleet.example',
    'http://localhost:7373',
    'http://127.0.0.1',
    'http://[::1]:7373',
    'http://fleet.localhost',
  ];
  for (const address of safe) expect(isReadable(address), address).toBe(false);
});

test('a browser that cannot ask whether an address is one is told all the same', () => {
  vi.stubGlobal('URL', Object.assign(class extends URL {}, { canParse: undefined }));
  expect(['http://fleet.example', 'https://fleet.example', 'fleet'].map(isReadable)).toEqual([
    true,
    false,
    false,
  ]);
  vi.unstubAllGlobals();
});

import { expect, test } from 'vitest';
import { isReadable, meantAddresses } from './meant-addresses.js';

test.each([
  ['fleet.example.com', ['https://fleet.example.com', 'http://fleet.example.com']],
  ['localhost:7373', ['https://localhost:7373', 'http://localhost:7373']],
  [' [::1]:7373/ ', ['https://[::1]:7373', 'http://[::1]:7373']],
  ['//mill', ['https://mill', 'http://mill']],
  ['https://host/sessions', ['https://host/sessions', 'https://host']],
  [
    'HTTP://Host:80/fleet/sessions/clrabc?tab=log#end',
    ['http://host/fleet/sessions/clrabc', 'http://host/fleet/sessions', 'http://host/fleet', 'http://host'],
  ],
])('%s may mean %j', (typed, addresses) => {
  expect(meantAddresses(typed)).toEqual(addresses);
});

test.each([
  '',
  'ftp://elsewhere',
  'file:///etc/passwd',
  'my fleet',
  'https://ann:secret@host',
  'ann@host',
  'https://',
  'host:99999',
])('%j is no address', (typed) => {
  expect(() => meantAddresses(typed)).toThrow('An address such as https://your-host');
});

test('what goes to another computer without encryption can be read on the way', () => {
  const readable = [
    'http://fleet.example',
    'http://192.168.1.4:7373',
    'http://127.evil.example',
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

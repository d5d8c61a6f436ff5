import { expect, test } from 'vitest';
import { meantAddresses } from './meant-addresses.js';

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

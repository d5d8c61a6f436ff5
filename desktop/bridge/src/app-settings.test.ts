import { expect, test } from 'vitest';
import { AppSettings, defaultSettings, ServerUrl } from './app-settings.js';

test('the defaults are valid settings', () => {
  expect(AppSettings.parse(defaultSettings('mill'))).toEqual(defaultSettings('mill'));
  expect(defaultSettings('  ').name).toBe('this computer');
});

test.each([
  ['https://fleet.example', 'https://fleet.example'],
  [' https://fleet.example/ ', 'https://fleet.example'],
  ['http://127.0.0.1:7373', 'http://127.0.0.1:7373'],
  ['https://example.com/fleet/', 'https://example.com/fleet'],
])('%s is the server %s', (text, url) => {
  expect(ServerUrl.parse(text)).toBe(url);
});

test.each([
  'fleet.example',
  'ftp://fleet.example',
  'https://ann:secret@fleet.example',
  'https://fleet.example?key=1',
  'https://fleet.example#x',
  'javascript:alert(1)',
])('%s is no server', (text) => {
  expect(ServerUrl.safeParse(text).success).toBe(false);
});

test('a relative directory is refused, a repeated one is kept once', () => {
  const settings = defaultSettings('mill');
  expect(AppSettings.safeParse({ ...settings, directories: ['code'] }).success).toBe(false);
  expect(AppSettings.parse({ ...settings, directories: ['/code', '/code'] }).directories).toEqual(['/code']);
});

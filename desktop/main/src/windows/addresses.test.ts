import { join } from 'node:path';
import { expect, test } from 'vitest';
import { appFile } from './app-files.js';
import { isOurPage, isWebAddress } from './is-ours.js';

const root = join('/app', 'renderer');

test('a screen’s address is the page, a file’s address the file', () => {
  expect(appFile('app://agentfleet/', root)?.path).toBe(join(root, 'index.html'));
  expect(appFile('app://agentfleet/sessions/clr123?x=1#y', root)?.path).toBe(join(root, 'index.html'));
  expect(appFile('app://agentfleet/assets/index-D5Hvl_4B.js', root)).toEqual({
    path: join(root, 'assets', 'index-D5Hvl_4B.js'),
    type: 'text/javascript; charset=utf-8',
  });
});

test.each([
  'app://evil/index.html',
  'app://agentfleet.evil/assets/x.js',
  'file:///etc/passwd',
  'https://agentfleet/assets/x.js',
  'app://agentfleet/assets/..%2f..%2fmain.js',
  'app://agentfleet/assets/%2e%2e/main.js',
  'app://agentfleet/..\\..\\secret.json',
  'app://agentfleet/.env.json',
  'app://agentfleet/assets/x.js.map',
  'app://agentfleet/x.exe',
  'nonsense',
])('%s is no file of ours', (url) => {
  const file = appFile(url, root);
  // The parser folds dot segments away: what is left must lie inside.
  if (file) expect(file.path.startsWith(root)).toBe(true);
  else expect(file).toBeUndefined();
});

test('only the app’s own origin is ours', () => {
  expect(isOurPage('app://agentfleet/sessions')).toBe(true);
  for (const url of [
    'app://agentfleet.evil/',
    'app://evil/',
    'https://agentfleet/',
    'about:blank',
    '',
    'app://x@agentfleet/',
  ]) {
    expect(isOurPage(url), url).toBe(false);
  }
});

test('only plain web addresses go to the browser', () => {
  expect(isWebAddress('https://example.com/a?b#c')).toBe(true);
  for (const url of [
    'file:///etc/passwd',
    'javascript:alert(1)',
    'agentfleet://runs/x',
    'smb://x',
    'https://a:b@c',
    'x',
  ]) {
    expect(isWebAddress(url), url).toBe(false);
  }
});

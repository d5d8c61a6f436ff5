import { expect, test } from 'vitest';
import { dropSteering, refusedSwitch } from './switches.js';

test.each([
  '--remote-debugging-port=9222',
  '--remote-debugging-port',
  '-remote-debugging-port=9222',
  ' --remote-debugging-pipe',
  '--REMOTE-DEBUGGING-PORT=1',
  '--inspect-brk=0',
  '--load-extension=/tmp/x',
  '--proxy-server=http://127.0.0.1:1',
  '--js-flags=--expose-gc',
  '--renderer-cmd-prefix=/tmp/x',
  '--user-data-dir=/tmp/x',
  '--host-resolver-rules=MAP * 127.0.0.1',
  '-r',
  '--hidden=1',
  '--hidden-too',
  '--disable-gpu-sandbox',
  '--ozone-platform=headless',
  '---hidden',
])('%j is refused, wherever it stands', (word) => {
  for (const args of [[word], ['agentfleet://runs/clr1', word], ['--', word], ['--hidden', word, '']]) {
    expect(refusedSwitch(args, 'linux')).toBe(word.trim());
  }
});

test('what the app, its installers and a screen need is let through, each on its own system', () => {
  const link = 'agentfleet://runs/clraaaaaaaa1';
  const linux = [
    '--hidden',
    '--no-sandbox',
    '--ozone-platform=wayland',
    '--disable-gpu',
    '--',
    '-',
    '',
    link,
  ];
  expect(refusedSwitch([...linux, '--force-device-scale-factor=1.25', '/home/ann'], 'linux')).toBeUndefined();
  expect(refusedSwitch(['--updated', '--hidden', link], 'win32')).toBeUndefined();
  expect(refusedSwitch(['-psn_0_12345'], 'darwin')).toBeUndefined();
  expect(refusedSwitch(['--no-sandbox'], 'win32')).toBe('--no-sandbox');
  expect(refusedSwitch(['--updated'], 'linux')).toBe('--updated');
});

test('Windows has one more way to write a switch', () => {
  expect(refusedSwitch(['/remote-debugging-port=9222'], 'win32')).toBe('/remote-debugging-port=9222');
  expect(refusedSwitch(['/hidden'], 'win32')).toBeUndefined();
});

test('what steers Node, Electron and OpenSSL is taken out of the app’s environment, and nothing else', () => {
  const steering = { NODE_TLS_REJECT_UNAUTHORIZED: '0', node_debug: 'http', ELECTRON_NO_ASAR: '1' };
  const env = { ...steering, SSL_CERT_FILE: '/tmp/authority.pem', SSL_CERT_DIR: '/tmp', PATH: '/bin' };
  dropSteering(env);
  expect(env).toEqual({ PATH: '/bin' });
});

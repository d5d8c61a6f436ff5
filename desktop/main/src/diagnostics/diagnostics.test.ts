import { expect, test } from 'vitest';
import { sessionWith, stateWith } from '../testing.js';
import { diagnostics } from './diagnostics.js';

const input = {
  state: stateWith({ running: [sessionWith({ title: 'a secret plan', lastLine: 'secret output' })] }),
  findings: [{ ok: false, what: 'No login of Claude Code was found', mend: 'Run claude once and log in.' }],
  log: ['2026-11-24T08:00:00.000Z key af_live_Abcdefgh12345678 refused in /home/ann/code'],
  versions: { electron: '45.4.1' },
  system: 'Linux 6.1.0 x64',
  home: '/home/ann',
  at: new Date('2026-11-24T08:00:00Z'),
};

test('the bundle says what is needed', () => {
  expect(JSON.parse(diagnostics(input))).toMatchObject({
    app: '0.1.0',
    system: 'Linux 6.1.0 x64',
    settings: { server: 'https://fleet.example', directories: ['~/code'] },
    runner: { phase: 'online', running: [{ id: 'clrabcdefgh12345', status: 'RUNNING' }] },
    findings: [{ ok: false, what: 'No login of Claude Code was found' }],
  });
});

test('it holds no key, no prompt, no output and not the user’s own directory', () => {
  const text = diagnostics(input);
  for (const secret of ['Abcdefgh12345678', 'Ab3d', 'secret plan', 'secret output', '/home/ann']) {
    expect(text).not.toContain(secret);
  }
});

test('a Windows home is cut out too', () => {
  const state = stateWith({}, { logFile: 'C:\\Users\\ann\\x.log' });
  state.settings.directories = ['C:\\Users\\ann\\code'];
  expect(diagnostics({ ...input, state, home: 'C:\\Users\\ann' })).not.toContain('ann\\\\code');
});

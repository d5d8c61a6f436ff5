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

test('secrets are planted wherever a text of ours could pick one up, and none is in the bundle', () => {
  const planted = [
    'af_live_Planted000000001',
    'sk-ant-Planted000000002',
    'Planted000000003',
    'Planted000000004',
  ];
  const [ours = '', theirs = '', password = '', token = ''] = planted;
  const carrying = `at https://ann:${password}@git.example with ${ours} and ${theirs}, token=${token}`;
  const state = stateWith(
    {
      phase: 'blocked',
      reason: carrying,
      running: [sessionWith({ title: carrying, lastLine: carrying, cwd: `/home/ann/${token}` })],
      recent: [sessionWith({ title: carrying, lastLine: carrying })],
    },
    {
      settingsProblems: [carrying],
      key: { source: 'keychain', hint: 'af_live_Plan…0001', keychainProblem: carrying, store: 'holds' },
      update: { phase: 'failed', detail: carrying },
      suggestedServer: `https://fleet.example/${token}`,
    },
  );
  const findings = [{ ok: false, what: carrying, mend: carrying }];
  const text = diagnostics({ ...input, state, findings, log: [carrying] });
  for (const secret of [...planted.map((each) => each.slice(-12)), 'af_live_Plan…']) {
    expect(text).not.toContain(secret);
  }
});

test('the user’s own directory is cut out however it is spelt, and no other one is', () => {
  const log = [
    'at file:///C:/Users/ann%20lee/app/main.js',
    'in c:\\users\\ANN LEE\\code',
    'in C:\\Users\\ann lee\\code, not in C:\\Users\\ann leeds',
  ];
  const text = diagnostics({ ...input, log, home: 'C:\\Users\\ann lee' });
  expect(text).not.toMatch(/ann(%20| )lee\b/i);
  expect(text).toContain('ann leeds');
});

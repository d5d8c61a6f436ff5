import { defaultSettings } from '@agentfleet/bridge';
import { expect, test, vi } from 'vitest';
import { paused, sessionWith, stateWith } from '../testing.js';
import { type TrayItem, trayModel } from './tray-model.js';

const noKey = { source: 'none', hint: null, keychainProblem: null, store: 'empty' } as const;
const labels = (items: TrayItem[]): string[] =>
  items.flatMap((item) =>
    item.type === 'separator'
      ? []
      : item.type === 'menu'
        ? [item.label, ...labels(item.items)]
        : [item.label],
  );

test('servers of earlier are offered, the one in use is marked, and alone there is nothing to switch', () => {
  const servers = ['https://fleet.example', 'https://other.example'];
  const settings = { ...stateWith().settings, servers };
  expect(labels(trayModel(stateWith({}, { settings }), 0).items)).toEqual(
    expect.arrayContaining(['Switch server', '✓ https://fleet.example', 'https://other.example']),
  );
  expect(labels(trayModel(stateWith(), 0).items)).not.toContain('Switch server');
});

test.each([
  ['what turns the order of letters', '\u202Egnp.exe', /\u202E/],
  ['what nobody sees', 'a\u200Bb\u2066c\u{E0041}d', /[\u200B\u2066\u{E0041}]/u],
  ['a tab, behind which keys stand', 'yes\tCtrl+Q', /\t/],
  [
    'half a character, where it is cut',
    `${'x'.repeat(54)}${'😀'.repeat(9)}`,
    /[\uD800-\uDBFF](?![\uDC00-\uDFFF])/,
  ],
])('nothing in the tray holds %s, wherever it came from', (_what, text, isBad) => {
  const session = { title: text, lastLine: text, cwd: text };
  const settings = { ...stateWith().settings, directories: [text], servers: [text], server: text };
  const model = trayModel(
    stateWith(
      {
        pause: { ...paused, note: text },
        running: [sessionWith(session), sessionWith({ ...session, waitingFor: [text], answerable: [null] })],
        recent: [sessionWith({ ...session, status: 'FAILED' })],
      },
      { settings, troubles: [text], next: { server: text } },
    ),
    0,
  );
  const said = [...labels(model.items), model.summary];
  expect(said.length).toBeGreaterThan(8);
  for (const each of said) expect(each).not.toMatch(isBad);
});

test('what waits for sessions to end can be taken back: a quit, and a move to another server', () => {
  const running = [sessionWith()];
  const state = stateWith(
    { phase: 'draining', running, quits: true },
    { next: { server: 'https://other.example' } },
  );
  expect(labels(trayModel(state, 0).items)).toEqual(
    expect.arrayContaining(['Stay on https://fleet.example', 'Keep running, do not quit']),
  );
  expect(labels(trayModel(stateWith({ running }), 0).items).join()).not.toMatch(/Stay|Keep/);
});

test.each([
  ['online', stateWith(), 0, 'online', 'AgentFleet: online'],
  ['connecting', stateWith({ phase: 'starting' }), 0, 'offline', 'AgentFleet: connecting'],
  [
    'offline with the reason',
    stateWith({ phase: 'offline', reason: 'the server does not answer' }),
    0,
    'offline',
    'AgentFleet: offline: the server does not answer',
  ],
  ['paused', stateWith({ pause: paused }), 0, 'paused', 'AgentFleet: paused here'],
  [
    'paused with one session still at work',
    stateWith({ pause: paused, running: [sessionWith()] }),
    0,
    'paused',
    'AgentFleet: paused here, 1 running',
  ],
  ['at work', stateWith({ running: [sessionWith()] }), 0, 'running', 'AgentFleet: online, 1 running'],
  [
    'with a session that waits for a person',
    stateWith({
      running: [sessionWith({ waitingFor: ['Bash npm test'], answerable: ['req-1'] }), sessionWith()],
    }),
    0,
    'attention',
    'AgentFleet: online, 2 running, 1 waiting for you',
  ],
  ['with a failure unseen', stateWith(), 2, 'attention', 'AgentFleet: online, 2 sessions failed'],
  [
    'blocked',
    stateWith({ phase: 'blocked', reason: 'another runner is at work' }),
    0,
    'attention',
    'AgentFleet: cannot work: another runner is at work',
  ],
  [
    'not set up',
    stateWith({ phase: 'stopped' }, { key: noKey, settings: defaultSettings('mill') }),
    0,
    'offline',
    'AgentFleet: not set up yet',
  ],
  [
    'set up, its keychain locked',
    stateWith({ phase: 'stopped' }, { key: { ...noKey, keychainProblem: 'Locked.', store: 'locked' } }),
    0,
    'attention',
    'AgentFleet: the keychain is locked',
  ],
] as const)('%s', (_name, state, failures, icon, summary) => {
  const model = trayModel(state, failures);
  expect(model).toMatchObject({ icon, summary });
  expect(labels(model.items)[0]).toContain('AgentFleet: ');
});

test('the menu has what runs with its last line, what ran, the folders, pause, dashboard and quit', () => {
  const state = stateWith({
    running: [sessionWith()],
    recent: [sessionWith({ id: 'clrrecent0001', title: 'fix the tests', status: 'FAILED' })],
  });
  expect(labels(trayModel(state, 0).items)).toEqual([
    'AgentFleet: online, 1 running',
    '● add a health check',
    '    Edit src/app.ts',
    'Stop a session',
    'add a health check',
    'Recent sessions',
    '✕ fix the tests',
    'Allowed folders',
    '/home/ann/code',
    'Pause (finish current sessions, take no new ones)',
    'For an hour',
    'Until tomorrow, 8:00',
    'Until it is resumed',
    'Open dashboard',
    'Settings…',
    'Quit AgentFleet',
  ]);
});

test('what a session waits for is answered where its line says all of it, and opens the session where not', () => {
  const session = sessionWith({
    waitingFor: ['Bash npm test', 'Bash cat <<END'],
    answerable: ['req-1', null],
  });
  const model = trayModel(stateWith({ running: [session] }), 0);
  expect(model.badge).toBe(2);
  expect(labels(model.items).slice(1, 7)).toEqual([
    '? add a health check',
    '    Allow Bash npm test?',
    'Allow',
    'Deny',
    'Show…',
    '    Allow Bash cat <<END?',
  ]);
  const [, , , first, second] = model.items;
  const runId = session.id;
  expect(first).toMatchObject({
    items: [
      { action: { type: 'answer', runId, requestId: 'req-1', allow: true } },
      { action: { type: 'answer', runId, requestId: 'req-1', allow: false } },
      { action: { type: 'open', path: `/sessions/${runId}` } },
    ],
  });
  expect(second).toMatchObject({ action: { type: 'open', path: `/sessions/${runId}` } });
});

test('a reason is a clause of the line, without a full stop before the next', () => {
  const state = stateWith({ phase: 'offline', reason: 'It does not answer.', running: [sessionWith()] });
  expect(trayModel(state, 0).summary).toBe('AgentFleet: offline: It does not answer, 1 running');
});

test('a disk that takes nothing is in the icon and in the words, however well the rest is', () => {
  const trouble = 'The disk with /home/ann is full.';
  const state = stateWith({ running: [sessionWith()] }, { troubles: [trouble] });
  expect(trayModel(state, 0)).toMatchObject({
    icon: 'attention',
    summary: 'AgentFleet: online, The disk with /home/ann is full, 1 running',
  });
});

test('who paused it and until when is said, whoever it was', () => {
  const until = new Date(2026, 10, 30, 14, 5).toISOString();
  const now = new Date(2026, 10, 30, 9);
  vi.setSystemTime(now);
  const pause = { ...paused, by: 'Ann', atMachine: false, until, note: 'R&D\nnight' };
  expect(trayModel(stateWith({ pause }), 0).summary).toMatch(/^AgentFleet: paused by Ann until .*5.*: R&D/);
  vi.useRealTimers();
});

test.each([
  ['online', true],
  ['starting', true],
  ['offline', true],
  ['stopped', false],
  ['blocked', false],
  ['draining', false],
] as const)('%s: a pause is offered: %s, and taken back where there is one', (phase, isOffered) => {
  const offers = (pause: typeof paused | null) =>
    labels(trayModel(stateWith({ phase, pause }), 0).items).filter((label) =>
      /^(Pause \(|Resume)/.test(label),
    );
  expect(offers(null)).toEqual(isOffered ? ['Pause (finish current sessions, take no new ones)'] : []);
  expect(offers(paused)).toEqual(isOffered ? ['Resume'] : []);
});

test('one that is not set up offers to finish that', () => {
  const settings = defaultSettings('mill');
  const bare = trayModel(stateWith({ phase: 'stopped' }, { key: noKey, settings }), 0);
  expect(labels(bare.items)).toContain('Finish setting up…');
});

test('a prompt cannot break the menu: one short line, no hidden shortcut', () => {
  const state = stateWith({ running: [sessionWith({ title: `R&D\n${'x'.repeat(200)}`, lastLine: '' })] });
  const label = labels(trayModel(state, 0).items)[1];
  expect(label).toMatch(/^● R&&D x+…$/);
  expect(label?.length).toBeLessThan(70);
});

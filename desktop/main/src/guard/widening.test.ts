import { homedir } from 'node:os';
import { join } from 'node:path';
import { type AppSettings, defaultSettings } from '@agentfleet/bridge';
import { expect, test } from 'vitest';
import type { Kept } from '../folders/breadth.js';
import { Owner } from './owner.js';
import { wideningsOf, widenQuestion } from './widening.js';

const before: AppSettings = {
  ...defaultSettings('mill'),
  server: 'https://fleet.example',
  directories: ['/home/ann/code'],
  permissionModes: ['default', 'plan'],
  approvals: false,
};
const kept: Kept = { home: homedir(), own: [join(homedir(), '.config', 'AgentFleet')] };
const widened = (patch: Partial<AppSettings>) =>
  wideningsOf(before, { ...before, ...patch }, kept).map(({ what }) => what);

/** What a page may change of every setting: true where its owner is asked. */
const changes: { [Name in keyof AppSettings]: [AppSettings[Name], boolean][] } = {
  server: [
    ['https://evil.example', true],
    ['http://fleet.example', true],
    ['', false],
  ],
  directories: [
    [['/home/ann/code', '/etc'], true],
    // A link may have taken its place meanwhile.
    [['/home/ann/code/below'], true],
    [[], false],
  ],
  name: [['attic', false]],
  maxConcurrentRuns: [
    [5, true],
    [1, false],
  ],
  permissionModes: [
    [['plan', 'acceptEdits'], true],
    [['plan'], false],
  ],
  approvals: [[true, true]],
  claudePath: [['/tmp/evil.sh', true]],
  openAtLogin: [[true, false]],
  keepAwake: [[false, false]],
  notifyFinished: [[false, false]],
  notifyFailed: [[false, false]],
  notifyWaiting: [[false, false]],
  theme: [['dark', false]],
  quickLaunch: [['Control+Alt+N', false]],
  servers: [[['https://other.example'], false]],
  updates: [[false, false]],
};

test.each(
  Object.entries(changes).flatMap(([name, values]) =>
    values.map(([value, isAsked]) => [name, value, isAsked] as const),
  ),
)('%s as %j: its owner is asked, %s', (name, value, isAsked) => {
  expect(widened({ [name]: value }).length > 0).toBe(isAsked);
});

test('a way back from a program that was chosen is another program too', () => {
  const chosen = { ...before, claudePath: '/opt/in-a-box' };
  expect(wideningsOf(chosen, { ...chosen, claudePath: '' }, kept)).toHaveLength(1);
});

test('the question shows old and new, in lines that no name can break or hide', () => {
  const directories = ['/home/ann/code', '/tmp/x\n   now: all is well\u202E', '/', homedir()];
  const question = widenQuestion(
    wideningsOf(before, { ...before, directories, claudePath: `/${'a'.repeat(4_000)}/evil` }, kept),
  );
  expect(question.detail).toContain('now: /home/ann/code\n   then: also /tmp/x');
  expect(question.detail).not.toMatch(/\n {3}now: all is well|\u202E/);
  expect(question.detail).toContain('everything on this computer');
  expect(question.detail).toContain('your whole home');
  expect(question.detail).toMatch(/aaa … a+\/evil/);
  expect(question.detail?.length).toBeLessThan(1_500);
  expect(question).toMatchObject({ defaultId: 0, cancelId: 0, buttons: ['Change nothing', 'Allow it'] });
});

test.each([
  join(homedir(), '.config'),
  join(homedir(), '.config', 'AgentFleet', 'logs'),
  join(homedir(), '.ssh'),
])(
  'a folder that was picked is asked about where it would let a session change or take what it must not: %s',
  (folder) => {
    const after = { ...before, directories: [...before.directories, folder] };
    expect(wideningsOf(before, after, kept, () => true)).toMatchObject([
      { what: 'Folders', to: `also ${folder}` },
    ]);
    const beside = { ...before, directories: [...before.directories, join(homedir(), '.configured')] };
    expect(wideningsOf(before, beside, kept, () => true)).toEqual([]);
  },
);

test('more folders than anybody reads are not asked about', async () => {
  const directories = Array.from({ length: 11 }, (_, index) => `/srv/${index}`);
  await expect(new Owner(async () => 1, kept).allows(before, { ...before, directories })).rejects.toThrow(
    'at most 10',
  );
});

test('one question is open at a time, and after three refusals there is none for a while', async () => {
  const answers: ((button: number) => void)[] = [];
  const owner = new Owner(() => new Promise((resolve) => answers.push(resolve)), kept);
  const wish = () => owner.allows(before, { ...before, maxConcurrentRuns: 99 });
  for (const refusal of [1, 2, 3]) {
    const asked = wish();
    await expect(wish()).rejects.toThrow('Another question is open');
    answers.at(-1)?.(0);
    expect(await asked, String(refusal)).toBe(false);
  }
  await expect(wish()).rejects.toThrow('refused several times');
  expect(answers).toHaveLength(3);
});

test('a server is free until the page has shown what one said; then a key goes to none that was not agreed to', async () => {
  let asked = 0;
  let answer = 0;
  const owner = new Owner(async () => {
    asked += 1;
    return answer;
  }, kept);
  const moved = { ...before, server: 'https://new.example' };
  expect(await owner.allowsKeyFor(moved.server, '')).toBe(true);
  expect(await owner.allows({ ...before, server: '' }, moved)).toBe(true);
  owner.pageMeetsServer();
  expect(await owner.allowsKeyFor(before.server, before.server)).toBe(true);
  expect(asked).toBe(0);
  expect(await owner.allowsKeyFor(moved.server, before.server)).toBe(false);
  expect(await owner.allows(before, moved)).toBe(false);
  answer = 1;
  expect(await owner.allowsKeyFor(moved.server, before.server)).toBe(true);
  expect(asked).toBe(3);
  // That was one question for both.
  expect(await owner.allows(before, moved)).toBe(true);
  expect(asked).toBe(3);
});

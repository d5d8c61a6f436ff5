import { describe, expect } from 'vitest';
import type { Fleet } from '../../../runner-core/e2e/fleet.js';
import { seriousViolations } from './axe.js';
import { type Dashboard, test } from './dashboard.js';
import { hands } from './hand.js';
import { keyWith } from './key-with.js';
import { type Asking, type HeldRun, scriptedSession } from './scripted-runner.js';

const phone = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };
const command = (text: string) => ({ tool: 'Bash', message: `Bash ${text}`, input: { command: text } });

type Asked = Parameters<HeldRun['ask']>[0];

async function asks(fleet: Fleet, prompt: string, asked: Asked): Promise<{ id: string; asking: Asking }> {
  const { id, held } = await scriptedSession(fleet, { prompt, cwd: '/code/app' });
  return { id, asking: await held.ask(asked) };
}

/** The list of what waits, of sessions whose prompt has these words. */
async function look(dashboard: Dashboard, fleet: Fleet, words: string, key = fleet.key): Promise<void> {
  await dashboard.signIn(key, `/sessions?q=${encodeURIComponent(words)}&waiting=true`);
  await list(dashboard).getByRole('listitem').first().waitFor();
}

const list = ({ page }: Dashboard) => page.getByRole('list', { name: 'What is asked' });
const entry = (dashboard: Dashboard, title: string) =>
  list(dashboard)
    .locator(':scope > li')
    .filter({ has: dashboard.page.getByRole('heading', { name: title }) });
const button = (dashboard: Dashboard, title: string, name: string) =>
  entry(dashboard, title).getByRole('button', { name: new RegExp(`^${name}: `) });
const decided = async (fleet: Fleet, { asking }: { asking: Asking }) =>
  (await fleet.get<{ state: string }>(`/approvals/${asking.id}`)).state;

describe.each(hands)('with the $name alone', (hand) => {
  test('three tools of three sessions are allowed by three presses, and each button says what it is for', async ({
    fleet,
    open,
  }) => {
    const mark = `three ${hand.name}`;
    const sessions = [];
    for (const n of ['one', 'two', 'six'])
      sessions.push(await asks(fleet, `${mark} ${n}`, command(`npm run ${n}`)));
    const dashboard = await open({ hand });
    await look(dashboard, fleet, mark);
    const buttons = list(dashboard).getByRole('button', { name: /^Allow/ });
    await expect.poll(() => buttons.count()).toBe(3);
    for (const n of ['one', 'two', 'six']) {
      await hand.press(
        dashboard.page.getByRole('button', { name: `Allow: Bash npm run ${n} (${mark} ${n})` }),
      );
      await entry(dashboard, `${mark} ${n}`)
        .getByText(/^Allowed by you, /)
        .waitFor();
    }
    for (const session of sessions) expect(await decided(fleet, session)).toBe('allowed');
    await dashboard.page.getByText('Nothing waits for you any more.').waitFor();
    await hand.press(dashboard.page.getByRole('button', { name: 'Hide 3 answered' }));
    await dashboard.page.getByText('Nothing waits for you', { exact: true }).waitFor();
  });

  test('a question is answered where it stands', async ({ fleet, open }) => {
    const prompt = `a question for the ${hand.name}`;
    const question = {
      question: 'Which database?',
      header: 'Store',
      options: [{ label: 'PostgreSQL' }, { label: 'SQLite' }],
      multiSelect: false,
    };
    const session = await asks(fleet, prompt, {
      tool: 'AskUserQuestion',
      message: 'AskUserQuestion Which database?',
      input: { questions: [question] },
    });
    const dashboard = await open({ hand });
    await look(dashboard, fleet, prompt);
    expect(await dashboard.page.getByText('AskUserQuestion').count()).toBe(0);
    await hand.tick(entry(dashboard, prompt).getByRole('radio', { name: /^PostgreSQL/ }));
    await hand.press(button(dashboard, prompt, 'Answer'));
    await entry(dashboard, prompt)
      .getByText(/^Allowed by /)
      .waitFor();
    expect(await session.asking.decided()).toMatchObject({ answers: { 'Which database?': 'PostgreSQL' } });
  });
});

test('on a phone of 360 px three tools are allowed by three taps, and nothing moves from under the finger', async ({
  fleet,
  open,
}) => {
  const sessions = [];
  for (const n of ['a', 'b', 'c']) sessions.push(await asks(fleet, `taps ${n}`, command(`make ${n}`)));
  const dashboard = await open(phone);
  await look(dashboard, fleet, 'taps');
  const third = button(dashboard, 'taps c', 'Allow');
  await third.waitFor();
  const place = () =>
    third.evaluate(
      (at) => at.getBoundingClientRect().top + (document.getElementById('main')?.scrollTop ?? 0),
    );
  const before = await place();
  for (const n of ['a', 'b']) await button(dashboard, `taps ${n}`, 'Allow').tap();
  for (const n of ['a', 'b'])
    await entry(dashboard, `taps ${n}`)
      .getByText(/^Allowed by /)
      .waitFor();
  expect(Math.abs((await place()) - before)).toBeLessThan(2);
  await third.tap();
  await entry(dashboard, 'taps c')
    .getByText(/^Allowed by /)
    .waitFor();
  for (const session of sessions) expect(await decided(fleet, session)).toBe('allowed');
  const wide = await dashboard.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(wide).toBeLessThanOrEqual(0);
});

test('it says what is asked in whole, how long is left, and how dangerous it is', async ({ fleet, open }) => {
  const script = `cat > run.sh <<'END'\n${Array.from({ length: 300 }, (_, n) => `echo step ${n}`).join('\n')}\nEND\nrm -rf build`;
  await asks(fleet, 'danger of a command', { ...command('cat'), input: { command: script } });
  await asks(fleet, 'danger of a file', {
    tool: 'Write',
    message: 'Write /etc/hosts',
    input: { file_path: '/etc/hosts', content: '127.0.0.1 a' },
    waitSec: 100,
  });
  await asks(fleet, 'danger of reading', {
    tool: 'Read',
    message: 'Read /etc/hosts',
    input: { file_path: '/etc/hosts' },
  });
  const dashboard = await open();
  await look(dashboard, fleet, 'danger of');
  const told = (title: string, words: string | RegExp) =>
    entry(dashboard, title).getByText(words).first().waitFor();
  await told('danger of a command', 'Deletes without asking back');
  // More than a row of a list has of it.
  await told('danger of a command', 'rm -rf build');
  await told('danger of a command', /\d min left, then it is denied/);
  await told('danger of a file', 'Changes a file outside the session’s folder');
  await told('danger of a file', /^2 min left/);
  await told('danger of reading', 'Only reads');
  // What has least time comes first.
  expect(await list(dashboard).getByRole('heading').first().innerText()).toBe('danger of a file');
});

test('what has hidden characters shows them, and is allowed by a second press alone', async ({
  fleet,
  open,
}) => {
  const session = await asks(fleet, 'hidden things', command('rm -rf \u202E./tmp\u200B'));
  const dashboard = await open();
  await look(dashboard, fleet, 'hidden things');
  const here = entry(dashboard, 'hidden things');
  await here.getByText('Dangerous: Not what it looks like').waitFor();
  expect(await here.locator('pre .hidden-character').allInnerTexts()).toEqual([
    'right-to-left override',
    'zero width space',
  ]);
  await button(dashboard, 'hidden things', 'Allow').click();
  const again = button(dashboard, 'hidden things', 'Allow what is not seen, too\\?');
  await again.waitFor();
  expect(await decided(fleet, session)).toBe('waiting');
  await again.click();
  await here.getByText(/^Allowed by /).waitFor();
});

test('what was answered elsewhere says so and by whom, and keeps its place; what comes anew comes at the end', async ({
  fleet,
  open,
}) => {
  const first = await asks(fleet, 'elsewhere first', { ...command('npm test'), waitSec: 300 });
  await asks(fleet, 'elsewhere second', command('npm run lint'));
  const dashboard = await open();
  await look(dashboard, fleet, 'elsewhere');
  await button(dashboard, 'elsewhere first', 'Allow').waitFor();
  const other = await keyWith(fleet, ['runs:write'], 'phone');
  await fetch(`${fleet.url}/api/v1/approvals/${first.asking.id}/decision`, {
    method: 'POST',
    headers: { authorization: `Bearer ${other}`, 'content-type': 'application/json' },
    body: JSON.stringify({ decision: 'deny', reason: 'not today' }),
  });
  await entry(dashboard, 'elsewhere first')
    .getByText(/^Denied by phone: not today, /)
    .waitFor();
  expect(await entry(dashboard, 'elsewhere first').getByRole('button').count()).toBe(0);
  await asks(fleet, 'elsewhere third', { ...command('npm run build'), waitSec: 100 });
  await button(dashboard, 'elsewhere third', 'Deny').waitFor();
  expect(await list(dashboard).getByRole('heading').allInnerTexts()).toEqual([
    'elsewhere first',
    'elsewhere second',
    'elsewhere third',
  ]);
});

test('keys go from one to the next and allow it, and never by mistake', async ({ fleet, open }) => {
  const sessions = [];
  for (const n of ['one', 'two']) sessions.push(await asks(fleet, `keys ${n}`, command(`npm run ${n}`)));
  const dashboard = await open();
  const { page } = dashboard;
  await look(dashboard, fleet, 'keys');
  await button(dashboard, 'keys two', 'Allow').waitFor();
  for (const key of ['a', 'Enter', 'ControlOrMeta+Enter']) await page.keyboard.press(key);
  expect(await decided(fleet, sessions[0] as { asking: Asking })).toBe('waiting');
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label'));
  await page.keyboard.press('j');
  await expect.poll(focused).toBe('Waiting for you: Bash npm run one');
  await page.keyboard.press('j');
  await expect.poll(focused).toBe('Waiting for you: Bash npm run two');
  await page.keyboard.press('k');
  await expect.poll(focused).toBe('Waiting for you: Bash npm run one');
  await page.keyboard.press('ControlOrMeta+Enter');
  await entry(dashboard, 'keys one')
    .getByText(/^Allowed by /)
    .waitFor();
  await page.keyboard.press('j');
  await expect.poll(focused).toBe('Waiting for you: Bash npm run two');
  await page.keyboard.press('?');
  await page.getByRole('dialog').getByText('Next that waits').waitFor();
});

test('where several sessions wait, the mark in the head leads to where they are answered', async ({
  fleet,
  open,
}) => {
  for (const n of ['one', 'two']) await asks(fleet, `badge ${n}`, command(`npm run ${n}`));
  const dashboard = await open();
  const { page } = dashboard;
  await dashboard.enter(fleet.key);
  await page
    .getByRole('banner')
    .getByRole('link', { name: /waiting$/ })
    .click();
  await button(dashboard, 'badge two', 'Allow').waitFor();
  await entry(dashboard, 'badge two').getByRole('link', { name: 'badge two' }).click();
  await dashboard.conversation.getByText('Claude asks to use Bash').waitFor();
});

test('a key that may only read sees what is asked, and why it has no buttons', async ({ fleet, open }) => {
  await asks(fleet, 'only read', command('npm test'));
  const dashboard = await open();
  await look(dashboard, fleet, 'only read', await keyWith(fleet, ['runs:read']));
  await entry(dashboard, 'only read').getByText('This key may only read').waitFor();
  expect(await entry(dashboard, 'only read').getByRole('button').count()).toBe(0);
});

describe.each([
  { colorScheme: 'light' },
  { colorScheme: 'dark' },
  { colorScheme: 'light', ...phone },
  { colorScheme: 'dark', ...phone },
] as const)('with %j', (profile) => {
  test('nothing keeps people from answering', async ({ fleet, open }) => {
    await asks(fleet, 'for everybody', command('rm -rf build'));
    const dashboard = await open(profile);
    await look(dashboard, fleet, 'for everybody');
    await button(dashboard, 'for everybody', 'Allow').first().waitFor();
    expect(await seriousViolations(dashboard.page)).toEqual([]);
  });
});

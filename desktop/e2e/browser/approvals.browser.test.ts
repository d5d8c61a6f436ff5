import { describe, expect } from 'vitest';
import type { Fleet } from '../../../runner-core/e2e/fleet.js';
import { seriousViolations } from './axe.js';
import { type Dashboard, type Open, test } from './dashboard.js';
import { hands } from './hand.js';
import { keyWith } from './key-with.js';
import { assistant, toolCall } from './said.js';
import { type Asking, type HeldRun, scriptedSession } from './scripted-runner.js';

const npmTest = {
  tool: 'Bash',
  message: 'Bash npm test',
  input: { command: 'npm test', description: 'Run the tests' },
  sessionGrant: 'Bash(npm test)',
};
const edit = {
  tool: 'Edit',
  message: 'Edit src/app.ts',
  input: { file_path: '/code/src/app.ts', old_string: 'const a = 1;', new_string: 'const a = 2;' },
};

const write = {
  tool: 'Write',
  message: 'Write src/new.ts',
  input: { file_path: '/code/wait/src/new.ts', content: 'const a = 1;\nconst b = 2;\nconst c = 3;\n' },
};

interface Waiting {
  id: string;
  held: HeldRun;
  asking: Asking;
}

/** A session that waits for one tool. */
async function waits(fleet: Fleet, asked: Parameters<HeldRun['ask']>[0] = npmTest): Promise<Waiting> {
  const { id, held } = await scriptedSession(fleet, { prompt: 'make it green', cwd: '/code/wait' });
  await held.say(assistant('I run the tests first.'));
  return { id, held, asking: await held.ask(asked) };
}

async function watching(
  open: Open,
  fleet: Fleet,
  id: string,
  options: Parameters<Open>[0] = {},
  key = fleet.key,
): Promise<Dashboard> {
  const dashboard = await open(options);
  await dashboard.enterSession(key, id);
  return dashboard;
}

const panel = ({ page }: Dashboard, message = 'Bash npm test') =>
  page.getByRole('region', { name: `Waiting for you: ${message}` });
const button = (dashboard: Dashboard, name: string, message?: string) =>
  panel(dashboard, message).getByRole('button', { name, exact: true });
const answered = (fleet: Fleet, { asking }: Waiting) => fleet.get(`/approvals/${asking.id}`);

describe.each(hands)('with the $name alone', (hand) => {
  test('a tool is allowed where it stands in the conversation, and the session goes on', async ({
    fleet,
    open,
  }) => {
    const session = await waits(fleet);
    const dashboard = await watching(open, fleet, session.id, { hand });
    const { page, conversation } = dashboard;
    await panel(dashboard)
      .getByText(/\d min left, then it is denied/)
      .waitFor();
    await conversation.locator('pre', { hasText: '$ npm test' }).waitFor();
    await hand.press(button(dashboard, 'Allow'));
    await conversation.getByText(/^Allowed by .*, \d/).waitFor();
    expect(await session.asking.decided()).toEqual({ decision: 'allow', decidedBy: expect.any(String) });
    await session.held.say(...toolCall('Read a', 'Read', { file_path: 'a' }, 'done'));
    await conversation.getByText('Read a').waitFor();
    await page.reload();
    await conversation.getByText('Bash npm test').click();
    await conversation.getByText(/^Allowed by /).waitFor();
    expect(await page.getByText('waiting for approval').count()).toBe(0);
  });

  test('for the session it grants what it names', async ({ fleet, open }) => {
    const session = await waits(fleet);
    const dashboard = await watching(open, fleet, session.id, { hand });
    await panel(dashboard).getByText('Bash(npm test)').waitFor();
    await hand.press(button(dashboard, 'Allow for this session'));
    await dashboard.conversation.getByText(/^Allowed for this session by /).waitFor();
    expect(await session.asking.decided()).toMatchObject({ decision: 'allow', forSession: true });
  });

  test('it is denied with a reason, which outlives a reload and is told to Claude', async ({
    fleet,
    open,
  }) => {
    const session = await waits(fleet, edit);
    const dashboard = await watching(open, fleet, session.id, { hand });
    const { page, conversation } = dashboard;
    const field = page.getByRole('textbox', { name: 'What should Claude do instead?' });
    await conversation.getByText('const a = 2;').waitFor();
    expect(await button(dashboard, 'Allow for this session', edit.message).count()).toBe(0);
    await hand.press(button(dashboard, 'Deny with a reason…', edit.message));
    await hand.type(field, 'Use a let.');
    await page.reload();
    await expect.poll(() => field.inputValue()).toBe('Use a let.');
    await hand.press(button(dashboard, 'Deny and tell Claude', edit.message));
    await conversation.getByText(/^Denied by .*: Use a let\., /).waitFor();
    expect(await session.asking.decided()).toMatchObject({ decision: 'deny', reason: 'Use a let.' });
  });
});

test('with the keys of the session view one goes to it and allows it, and never by mistake', async ({
  fleet,
  open,
}) => {
  const session = await waits(fleet);
  const dashboard = await watching(open, fleet, session.id);
  const { page } = dashboard;
  await panel(dashboard).waitFor();
  // Nothing took the focus, and keys that mean it elsewhere mean nothing here.
  expect(await page.evaluate(() => document.activeElement === document.body)).toBe(true);
  for (const key of ['a', 'A', 'Enter', 'ControlOrMeta+Enter']) await page.keyboard.press(key);
  await page.getByRole('textbox', { name: 'Follow-up' }).fill('w');
  expect(await answered(fleet, session)).toMatchObject({ state: 'waiting' });
  await page.getByRole('textbox', { name: 'Follow-up' }).fill('');
  await page.getByRole('textbox', { name: 'Follow-up' }).blur();
  await page.keyboard.press('?');
  await page.getByRole('dialog').getByText('Go to the tool that waits for you').waitFor();
  await page.getByRole('dialog').getByText('Allow the tool that has the focus').waitFor();
  await page.keyboard.press('Escape');
  await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
  await page.keyboard.press('w');
  await expect.poll(() => panel(dashboard).evaluate((at) => at === document.activeElement)).toBe(true);
  await page.keyboard.press('ControlOrMeta+Enter');
  await dashboard.conversation.getByText(/^Allowed by /).waitFor();
  // The buttons went; the keyboard is still where it was.
  await expect
    .poll(() => page.evaluate(() => document.activeElement?.getAttribute('aria-label')))
    .toBe('Permission: Bash npm test');
});

test('one that waits is announced, and what is out of sight is a step away', async ({ fleet, open }) => {
  const { id, held } = await scriptedSession(fleet, { prompt: 'scroll away', cwd: '/code/far' });
  const dashboard = await watching(open, fleet, id);
  const { page, conversation } = dashboard;
  await page.getByText('Starting…').waitFor();
  const asking = await held.ask(npmTest);
  await page.getByRole('status').getByText('Waiting for you: Bash npm test').waitFor({ state: 'attached' });
  await button(dashboard, 'Allow').waitFor();
  expect(await page.getByRole('button', { name: /^Show it/ }).count()).toBe(0);
  await held.say(...Array.from({ length: 120 }, (_, line) => assistant(`Line ${line} of a subagent.`)));
  await dashboard.inSight('Line 119 of a subagent.');
  await page.getByText('1 tool waits for you').waitFor();
  await page.getByRole('button', { name: /^Show it/ }).click();
  await dashboard.inSight('Claude asks to use Bash');
  await page.getByText('1 tool waits for you').waitFor({ state: 'hidden' });
  await button(dashboard, 'Deny').click();
  await conversation.getByText(/^Denied by /).waitFor();
  expect(await asking.decided()).toMatchObject({ decision: 'deny' });
});

test('two wait at once, each is decided by itself, and keys go from one to the other', async ({
  fleet,
  open,
}) => {
  const session = await waits(fleet);
  const second = await session.held.ask(edit);
  const dashboard = await watching(open, fleet, session.id);
  const { page, conversation } = dashboard;
  const hasFocus = (message: string) =>
    expect.poll(() => panel(dashboard, message).evaluate((at) => at === document.activeElement)).toBe(true);
  await panel(dashboard, edit.message).waitFor();
  await page.keyboard.press('w');
  await hasFocus(npmTest.message);
  await page.keyboard.press('w');
  await hasFocus(edit.message);
  await button(dashboard, 'Deny', edit.message).click();
  await conversation.getByText(/^Denied by /).waitFor();
  expect(await second.decided()).toMatchObject({ decision: 'deny' });
  await panel(dashboard).waitFor();
  await button(dashboard, 'Allow').click();
  expect(await session.asking.decided()).toMatchObject({ decision: 'allow' });
});

test('a tool that no line of the log names is asked for all the same', async ({ fleet, open }) => {
  const session = await waits(fleet, { ...npmTest, inLog: false });
  const dashboard = await watching(open, fleet, session.id);
  await button(dashboard, 'Allow').click();
  expect(await session.asking.decided()).toMatchObject({ decision: 'allow' });
  await dashboard.conversation.getByText(/^allowed by .*: Bash npm test$/).waitFor();
});

test('what somebody else decided is seen, and who comes too late is told', async ({ fleet, open }) => {
  const session = await waits(fleet);
  const dashboard = await watching(open, fleet, session.id);
  const { page, conversation } = dashboard;
  dashboard.watch.expectFault(/409/);
  await button(dashboard, 'Allow').waitFor();
  // This one does not hear of it.
  await page.route(/\/api\/v1\/(approvals\?|runs\/)/, (route) => route.abort());
  dashboard.watch.expectFault(/net::ERR_/);
  const other = await keyWith(fleet, ['runs:write'], 'phone');
  await fetch(`${fleet.url}/api/v1/approvals/${session.asking.id}/decision`, {
    method: 'POST',
    headers: { authorization: `Bearer ${other}`, 'content-type': 'application/json' },
    body: JSON.stringify({ decision: 'deny', reason: 'not today' }),
  });
  await button(dashboard, 'Allow').click();
  await conversation.getByText('It was already denied by phone').waitFor();
  await page.unroute(/\/api\/v1\/(approvals\?|runs\/)/);
  await conversation.getByText(/^Denied by phone: not today, /).waitFor();
});

test('one whose time is up, and one that is withdrawn, say so', async ({ fleet, open }) => {
  const late = await waits(fleet, edit);
  const dashboard = await watching(open, fleet, late.id);
  const { conversation } = dashboard;
  await button(dashboard, 'Allow', edit.message).waitFor();
  // Long enough to be seen first, also on a busy machine.
  const short = await late.held.ask({ ...npmTest, waitSec: 8 });
  await button(dashboard, 'Allow').waitFor();
  await conversation.getByText(/^Denied: nobody answered in time/).waitFor();
  await short.close();
  await button(dashboard, 'Allow', edit.message).waitFor();
  await late.asking.close(true);
  await conversation.getByText(/^Withdrawn: the session went on without it/).waitFor();
  await late.held.finish({ status: 'SUCCEEDED' });
  await dashboard.page.reload();
  await conversation.getByText('Bash npm test').click();
  await conversation.getByText(/^Denied: nobody answered in time/).waitFor();
});

test('what is dangerous says so where it is answered in its session, as in the list of what waits', async ({
  fleet,
  open,
}) => {
  const command = 'npm test && rm -rf build';
  const session = await waits(fleet, { tool: 'Bash', message: `Bash ${command}`, input: { command } });
  const dashboard = await watching(open, fleet, session.id);
  await panel(dashboard, `Bash ${command}`).getByText('Deletes without asking back').waitFor();
  await session.held.finish({ status: 'CANCELLED' });
  const elsewhere = await waits(fleet, {
    tool: 'Write',
    message: 'Write /etc/profile',
    input: { file_path: '/etc/profile', content: 'x' },
  });
  await dashboard.page.goto(`/sessions/${elsewhere.id}`);
  await panel(dashboard, 'Write /etc/profile').getByText('outside the session’s folder').waitFor();
  await elsewhere.held.finish({ status: 'CANCELLED' });
});

test('while the server is away nothing is lost, and it can be pressed again', async ({ fleet, open }) => {
  const session = await waits(fleet);
  const dashboard = await watching(open, fleet, session.id);
  const { page, conversation } = dashboard;
  dashboard.watch.expectFault(/net::ERR_/);
  await button(dashboard, 'Deny with a reason…').click();
  await page.getByRole('textbox', { name: 'What should Claude do instead?' }).fill('Wait for me.');
  await fleet.killServer();
  await button(dashboard, 'Deny and tell Claude').click();
  await conversation.getByText('The server does not answer. Is it running?').waitFor();
  await fleet.startServer();
  await page.getByText('What you see may be old').waitFor({ state: 'hidden' });
  // What said that it does not answer would be read as if that were so now.
  await conversation.getByText('The server does not answer. Is it running?').waitFor({ state: 'hidden' });
  await button(dashboard, 'Deny and tell Claude').click();
  await conversation.getByText(/^Denied by .*: Wait for me\./).waitFor();
  expect(await session.asking.decided()).toMatchObject({ decision: 'deny', reason: 'Wait for me.' });
});

test('what a command is given beside its text is seen where it is allowed', async ({ fleet, open }) => {
  const input = {
    ...{ command: 'npm test', description: 'Harmless', dangerouslyDisableSandbox: true },
    run_in_background: false,
  };
  const session = await waits(fleet, { ...npmTest, input });
  const dashboard = await watching(open, fleet, session.id);
  const { conversation, page } = dashboard;
  await conversation.getByText('dangerously disable sandbox').waitFor();
  expect(await conversation.getByText('run in background').count()).toBe(0);
  await page.goto('/sessions?waiting=true');
  await dashboard.heading('Waiting for you').waitFor();
  expect(await page.title()).toMatch(/Waiting for you/);
  const entry = page.getByRole('listitem').filter({ has: page.getByRole('region', { name: /npm test/ }) });
  await entry
    .first()
    .getByRole('button', { name: /^Allow:/ })
    .click();
  expect(await session.asking.decided()).toMatchObject({ decision: 'allow' });
});

test('a request that is not what it looks like shows what it is, and is allowed by a second press alone', async ({
  fleet,
  open,
}) => {
  const command = 'rm -rf \u202E./tmp\u200B';
  const session = await waits(fleet, { tool: 'Bash', message: `Bash ${command}`, input: { command } });
  const dashboard = await watching(open, fleet, session.id);
  const { page, conversation } = dashboard;
  const warning = conversation.getByText(/^It is not what it looks like/);
  await warning.waitFor();
  expect(await warning.innerText()).toContain('(U+202E, U+200B)');
  const boxes = conversation.locator('pre .hidden-character');
  expect(await boxes.allInnerTexts()).toEqual(['right-to-left override', 'zero width space']);
  // Nor is it told otherwise beside the conversation, or to who listens.
  const history = page.getByRole('region', { name: 'Permissions' });
  await expect
    .poll(() => history.locator('.hidden-character').allInnerTexts())
    .toEqual(['right-to-left override', 'zero width space']);
  expect(await page.getByRole('link', { name: /1 waiting$/ }).getAttribute('title')).toBe(
    'Bash rm -rf [U+202E]./tmp[U+200B]',
  );
  await page
    .getByRole('status')
    .filter({ hasText: 'Waiting for you: Bash rm -rf [U+202E]./tmp[U+200B]' })
    .waitFor({ state: 'attached' });
  const asks = conversation.getByRole('region', {
    name: 'Waiting for you: Bash rm -rf [U+202E]./tmp[U+200B]',
  });
  await asks.getByRole('button', { name: 'Allow', exact: true }).click();
  const again = asks.getByRole('button', { name: 'Allow what is not seen, too?' });
  await again.waitFor();
  expect(await answered(fleet, session)).toMatchObject({ state: 'waiting' });
  expect(await seriousViolations(page)).toEqual([]);
  await again.click();
  await conversation.getByText(/^Allowed by /).waitFor();
  expect(await session.asking.decided()).toMatchObject({ decision: 'allow' });
});

test('a key that may only read sees what waits, and why it has no buttons', async ({ fleet, open }) => {
  const session = await waits(fleet);
  const dashboard = await watching(open, fleet, session.id, {}, await keyWith(fleet, ['runs:read']));
  await panel(dashboard).getByText('This key may only read').waitFor();
  expect(await panel(dashboard).getByRole('button').count()).toBe(0);
});

describe.each([
  { colorScheme: 'light' },
  { colorScheme: 'dark' },
  { colorScheme: 'light', viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true },
  { colorScheme: 'dark', viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true },
] as const)('with %j', (profile) => {
  test('nothing keeps people from deciding', async ({ fleet, open }) => {
    const session = await waits(fleet);
    const second = await session.held.ask(edit);
    await session.held.ask(write);
    const dashboard = await watching(open, fleet, session.id, profile);
    const { page, conversation } = dashboard;
    await button(dashboard, 'Allow', edit.message).waitFor();
    expect(await seriousViolations(page)).toEqual([]);
    await button(dashboard, 'Deny with a reason…', edit.message).click();
    await page.getByRole('textbox', { name: 'What should Claude do instead?' }).waitFor();
    expect(await seriousViolations(page)).toEqual([]);
    await button(dashboard, 'Deny', edit.message).click();
    await conversation.getByText(/^Denied by /).waitFor();
    expect(await second.decided()).toMatchObject({ decision: 'deny' });
    expect(await seriousViolations(page)).toEqual([]);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(wide).toBeLessThanOrEqual(0);
  });
});

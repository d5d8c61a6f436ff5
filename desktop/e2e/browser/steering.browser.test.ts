import { describe, expect } from 'vitest';
import { text } from '../../../runner-core/e2e/model-server.js';
import { seriousViolations } from './axe.js';
import { type Dashboard, test } from './dashboard.js';
import { hands, keyboard } from './hand.js';
import { keyWith } from './key-with.js';
import { ScriptedRunner } from './scripted-runner.js';

const folderField = ({ page }: Dashboard) => page.getByLabel('Folder', { exact: true });
const promptField = ({ page }: Dashboard) => page.getByLabel('Prompt', { exact: true });
test('from n to a running session with the keyboard alone', async ({ fleet, model, open }) => {
  model.says(() => [text('On my way.')]);
  const dashboard = await open({ hand: keyboard });
  const { page, conversation } = dashboard;
  await dashboard.enter(fleet.key);
  await page.keyboard.press('n');
  await dashboard.heading('New session').waitFor();
  await expect.poll(() => promptField(dashboard).evaluate((at) => at === document.activeElement)).toBe(true);
  await page.keyboard.type('say hello');
  await page.keyboard.press('Enter');
  await page.keyboard.type('and goodbye');
  await page.keyboard.press('Tab');
  await page.keyboard.press('ArrowDown');
  await keyboard.pick(page.getByRole('option', { name: fleet.allowed }));
  await expect.poll(() => folderField(dashboard).inputValue()).toBe(fleet.allowed);
  await page.getByText(/Starts at once on home-desktop/).waitFor();
  await page.keyboard.press('ControlOrMeta+Enter');
  await conversation.getByText('On my way.').waitFor();
  expect(await fleet.get('/runs?limit=1')).toMatchObject({ data: [{ input: 'say hello\nand goodbye' }] });
});

describe.each(hands)('with the $name alone', (hand) => {
  test('the launch form says what will happen, and what is wrong where it is', async ({ fleet, open }) => {
    const dashboard = await open({ hand });
    const { page } = dashboard;
    await dashboard.enter(fleet.key);
    await hand.press(page.getByRole('link', { name: /^New session/ }));
    await hand.type(promptField(dashboard), 'go');
    await hand.type(folderField(dashboard), '/nowhere');
    await page.getByText('No runner allows this folder').waitFor();
    await hand.type(folderField(dashboard), 'nowhere');
    await hand.press(page.getByText('Limits and queue'));
    await hand.type(page.getByLabel('Turns'), 'many');
    await hand.press(page.getByRole('button', { name: 'Launch' }));
    await page.getByText(/must be an absolute directory/).waitFor();
    await page.getByText('A whole number up to 10000.').waitFor();
    await hand.tick(page.getByRole('radio', { name: /^Bypass permissions/ }));
    await page.getByText('Nothing asks, and nothing stops it.').waitFor();
    await page.getByRole('button', { name: 'Launch without permission checks' }).waitFor();
    await page.reload();
    await expect.poll(() => promptField(dashboard).inputValue()).toBe('go');
    await expect.poll(() => folderField(dashboard).inputValue()).toBe('nowhere');
    await expect.poll(() => page.getByRole('radio', { name: /^Default/ }).isChecked()).toBe(true);
  });

  test('what was sent is no draft any more', async ({ fleet, model, open }) => {
    model.says(() => [text('Said.')]);
    const dashboard = await open({ hand });
    const { page, conversation } = dashboard;
    await dashboard.enter(fleet.key);
    await dashboard.launch(`sent with the ${hand.name}`, fleet.allowed);
    await conversation.getByText('Said.').waitFor();
    const parent = page.url();
    await hand.type(page.getByRole('textbox', { name: 'Follow-up' }), 'sent as well');
    await hand.press(page.getByRole('button', { name: 'Send' }));
    await expect.poll(() => page.url()).not.toBe(parent);
    await conversation.getByText('Said.').nth(1).waitFor();
    await page.goto(parent);
    await expect.poll(() => page.getByRole('textbox', { name: 'Follow-up' }).inputValue()).toBe('');
    await page.goto('/sessions/new');
    await expect.poll(() => folderField(dashboard).inputValue()).toBe(fleet.allowed);
    await expect.poll(() => promptField(dashboard).inputValue()).toBe('');
  });

  test('a launch is taken back, and its prompt with it', async ({ fleet, open }) => {
    const dashboard = await open({ hand });
    const { page } = dashboard;
    await dashboard.enter(fleet.key);
    await dashboard.launch(`too early, said the ${hand.name}`, '/not/anywhere');
    await hand.press(page.getByRole('button', { name: 'Take back' }));
    await dashboard.heading('New session').waitFor();
    await expect.poll(() => promptField(dashboard).inputValue()).toBe(`too early, said the ${hand.name}`);
    await expect.poll(() => folderField(dashboard).inputValue()).toBe('/not/anywhere');
    expect(await fleet.get('/runs?limit=1')).toMatchObject({ data: [{ status: 'CANCELLED' }] });
  });

  test('a runner has a page: it is paused with a note, undone, and forgotten', async ({ fleet, open }) => {
    const name = `loom-${hand.name}`;
    await ScriptedRunner.connect(fleet.url, fleet.key, { name, directories: ['/looms'] });
    const dashboard = await open({ hand });
    const { page } = dashboard;
    await dashboard.enter(fleet.key);
    await dashboard.go('Runners');
    await hand.press(page.getByRole('link', { name, exact: true }));
    await dashboard.heading(name).waitFor();
    await page.getByText('/looms').waitFor();
    await hand.press(page.getByRole('button', { name: `Pause ${name}` }));
    await hand.type(page.getByLabel(/^Why/), 'new warp');
    await hand.press(page.getByRole('button', { name: 'Pause it' }));
    await page.getByText(/Paused .*: new warp/).waitFor();
    await hand.press(page.getByRole('button', { name: 'Undo' }));
    await page.getByRole('button', { name: `Pause ${name}` }).waitFor();
    await hand.press(page.getByRole('button', { name: 'Forget' }));
    await hand.press(page.getByRole('alertdialog').getByRole('button', { name: 'Keep' }));
    await hand.press(page.getByRole('button', { name: 'Forget' }));
    await hand.press(page.getByRole('alertdialog').getByRole('button', { name: 'Forget it' }));
    await dashboard.heading('Runners').waitFor();
    await expect.poll(() => page.getByRole('link', { name, exact: true }).count()).toBe(0);
  });

  test('light, dark and the system are chosen, and the choice stays', async ({ fleet, open }) => {
    const dashboard = await open({ hand, colorScheme: 'dark' });
    const { page } = dashboard;
    const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
    await dashboard.enter(fleet.key);
    await expect.poll(theme).toBe('dark');
    await hand.press(page.getByRole('button', { name: 'Account and appearance' }));
    await hand.pick(page.getByRole('menuitem', { name: 'Appearance' }));
    await hand.tick(page.getByRole('radio', { name: /^Light/ }));
    await expect.poll(theme).toBe('light');
    await page.reload();
    await expect.poll(theme).toBe('light');
    await hand.tick(page.getByRole('radio', { name: /As the system/ }));
    await expect.poll(theme).toBe('dark');
    await page.emulateMedia({ colorScheme: 'light' });
    await expect.poll(theme).toBe('light');
  });
});

test('the shortcuts of a screen are listed, and the dialog gives the focus back', async ({ fleet, open }) => {
  const dashboard = await open();
  const { page } = dashboard;
  await dashboard.enter(fleet.key);
  await page.keyboard.press('?');
  const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await help.getByText('Next session').waitFor();
  await help.getByText('Go to runners').waitFor();
  expect(await seriousViolations(page)).toEqual([]);
  await page.keyboard.press('n');
  expect(await help.count()).toBe(1);
  await page.keyboard.press('Escape');
  await expect.poll(() => help.count()).toBe(0);
  await page.keyboard.press('n');
  await dashboard.heading('New session').waitFor();
});

test('a key that may only read is offered nothing it may not do', async ({ fleet, open }) => {
  const key = await keyWith(fleet, ['runs:read']);
  const dashboard = await open();
  const { page } = dashboard;
  await dashboard.enter(key);
  expect(await page.getByRole('link', { name: /^New session/ }).count()).toBe(0);
  await page.goto('/sessions/new');
  await page.getByText('This key may only read').waitFor();
  await page.goto('/runners');
  await page.getByRole('heading', { name: 'home-desktop' }).waitFor();
  expect(await page.getByRole('button', { name: /^Pause/ }).count()).toBe(0);
  await page.goto('/settings/api-keys');
  await page.getByText('This key may not see the others').waitFor();
  const { id } = await fleet.launch({ prompt: 'only to be read', cwd: '/not/anywhere' });
  await page.goto(`/sessions/${id}`);
  await dashboard.conversation.getByText('only to be read').waitFor();
  await expect.poll(() => page.title()).toContain('only to be read · AgentFleet');
  expect(await page.getByRole('button', { name: /^Cancel/ }).count()).toBe(0);
  expect(await page.getByRole('textbox', { name: 'Follow-up' }).count()).toBe(0);
});

test('a key with an expiry and two scopes is made, and revoking one’s own says what follows', async ({
  fleet,
  open,
}) => {
  const own = await keyWith(fleet, ['admin'], 'my own');
  const dashboard = await open();
  const { page, hand } = dashboard;
  dashboard.watch.expectFault(/401/);
  await dashboard.enter(own);
  await dashboard.go('Settings');
  await hand.type(page.getByLabel('Name', { exact: true }), 'for a week');
  await page.getByLabel('Expires').selectOption('7');
  await page.getByRole('checkbox', { name: /runs:read/ }).check();
  await page.getByRole('button', { name: 'Create key' }).click();
  await page.getByText(/^af_live_\w{38}$/).waitFor();
  expect(await fleet.get('/api-keys?limit=1')).toMatchObject({
    data: [{ name: 'for a week', scopes: ['runs:read', 'runner'], expiresAt: expect.any(String) }],
  });
  await page.getByRole('button', { name: 'I have stored it' }).click();
  await page.getByRole('button', { name: 'Revoke my own' }).click();
  await page.getByText('revoking it signs you out').waitFor();
  expect(await seriousViolations(page)).toEqual([]);
  await page.getByRole('button', { name: 'Revoke key' }).click();
  await page.getByText('Your session has ended').waitFor();
});

test('the tab says what runs', async ({ fleet, model, open }) => {
  model.says(() => [text('Busy.'), { type: 'hang' }]);
  const { id } = await fleet.launch({ prompt: 'be busy' });
  const dashboard = await open();
  const { page } = dashboard;
  await dashboard.enter(fleet.key);
  await expect.poll(() => page.title(), { timeout: 15_000 }).toBe('(1) Sessions · AgentFleet');
  await expect.poll(() => page.locator('link[rel=icon]').getAttribute('href')).toBe('/favicon-running.svg');
  await fleet.request('POST', `/runs/${id}/cancel`, {});
  await expect.poll(() => page.title(), { timeout: 15_000 }).toBe('Sessions · AgentFleet');
});

test('the folder of the last session is there already, and what else there is in what runners allow is offered', async ({
  fleet,
  open,
}) => {
  const runner = await ScriptedRunner.connect(fleet.url, fleet.key, { name: 'shed', directories: ['/shed'] });
  for (const cwd of ['/shed/saw', '/shed/plane'])
    await fleet.launch({ prompt: 'sharpen', cwd, runnerId: runner.id });
  const dashboard = await open();
  const { page } = dashboard;
  await dashboard.signIn(fleet.key, '/sessions/new');
  await expect.poll(() => folderField(dashboard).inputValue()).toBe('/shed/plane');
  await folderField(dashboard).click();
  await page.getByRole('option', { name: '/shed/saw' }).waitFor();
  await page
    .getByRole('group', { name: 'In /shed on shed' })
    .getByRole('option', { name: '/shed', exact: true })
    .click();
  await expect.poll(() => folderField(dashboard).inputValue()).toBe('/shed');
  await folderField(dashboard).fill('');
  await promptField(dashboard).fill('go');
  expect(await folderField(dashboard).inputValue()).toBe('');
});

test('no folder comes into the field of somebody who is about to write one', async ({ fleet, open }) => {
  await fleet.launch({ prompt: 'before', cwd: fleet.allowed });
  const dashboard = await open();
  const { page } = dashboard;
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route(/\/api\/v1\/runners(\?|$)/, async (route) => {
    await held;
    await route.continue();
  });
  await dashboard.signIn(fleet.key, '/sessions/new');
  await folderField(dashboard).focus();
  release();
  await page.getByRole('option', { name: 'home-desktop' }).waitFor({ state: 'attached' });
  await page.keyboard.type('/written');
  await page.getByText('No runner allows this folder').waitFor();
  expect(await folderField(dashboard).inputValue()).toBe('/written');
});

import { describe, expect } from 'vitest';
import type { Fleet } from '../../../runner-core/e2e/fleet.js';
import { seriousViolations } from './axe.js';
import { type Dashboard, test } from './dashboard.js';
import { hands } from './hand.js';
import { type Asking, ScriptedRunner, scriptedSession } from './scripted-runner.js';

const npmTest = { tool: 'Bash', message: 'Bash npm test', input: { command: 'npm test' } };

/** A session that waits, beside one that does not. */
async function oneWaits(fleet: Fleet, prompt: string): Promise<{ id: string; asking: Asking }> {
  await scriptedSession(fleet, { prompt: `${prompt} meanwhile`, cwd: '/code/b' });
  const { id, held } = await scriptedSession(fleet, { prompt, cwd: '/code/a' });
  return { id, asking: await held.ask(npmTest) };
}

const rows = ({ page }: Dashboard) => page.getByRole('list', { name: 'Sessions' }).getByRole('listitem');
const asked = ({ page }: Dashboard) =>
  page.getByRole('list', { name: 'What is asked' }).locator(':scope > li');
const badge = ({ page }: Dashboard) => page.getByRole('banner').getByRole('link', { name: /waiting$/ });

describe.each(hands)('with the $name alone', (hand) => {
  test('what waits is seen in the list, the head and the tab, and found from each', async ({
    fleet,
    open,
  }) => {
    const prompt = `needs the ${hand.name}`;
    const { id, asking } = await oneWaits(fleet, prompt);
    const dashboard = await open({ hand });
    const { page, conversation } = dashboard;
    await dashboard.enter(fleet.key);
    await rows(dashboard).filter({ hasText: prompt }).getByText('Waiting for you').waitFor();
    await expect.poll(() => page.title()).toBe('◆ 1 waiting · Sessions · AgentFleet');
    await expect.poll(() => page.locator('link[rel=icon]').getAttribute('href')).toBe('/favicon-waiting.svg');
    await rows(dashboard).filter({ hasText: prompt }).getByText('Bash npm test').waitFor();
    await hand.press(page.getByRole('button', { name: 'Waiting', exact: true }));
    await expect.poll(() => asked(dashboard).count()).toBe(1);
    await expect.poll(() => page.url()).toContain('waiting=true');
    await page.reload();
    await expect.poll(() => asked(dashboard).count()).toBe(1);
    await hand.press(badge(dashboard));
    await expect.poll(() => page.url()).toBe(`${fleet.url}/sessions/${id}`);
    const panel = page.getByRole('region', { name: 'Waiting for you: Bash npm test' });
    await expect.poll(() => panel.evaluate((at) => at === document.activeElement)).toBe(true);
    await hand.press(panel.getByRole('button', { name: 'Allow', exact: true }));
    await conversation.getByText(/^Allowed by /).waitFor();
    await asking.decided();
    await badge(dashboard).waitFor({ state: 'detached' });
    await expect.poll(() => page.title()).not.toContain('waiting');
    await page.goto('/sessions?waiting=true');
    await page.getByText('Nothing waits for you', { exact: true }).waitFor();
  });
});

test('the palette, the thread, the runner’s page and the details say it too', async ({ fleet, open }) => {
  const runner = await ScriptedRunner.connect(fleet.url, fleet.key, { name: 'loom' });
  const { id } = await fleet.launch({ prompt: 'wait on the loom', cwd: '/code/l', runnerId: runner.id });
  const held = await runner.take();
  const asking = await held.ask(npmTest);
  await fleet.followUp(id, 'and then go on');
  const dashboard = await open();
  const { page } = dashboard;
  await dashboard.enter(fleet.key);
  await page.goto('/sessions?group=thread');
  await rows(dashboard).filter({ hasText: 'wait on the loom' }).getByText('Waiting for you').waitFor();
  await page.goto(`/runners/${runner.id}`);
  await rows(dashboard).filter({ hasText: 'wait on the loom' }).getByText('Waiting for you').waitFor();
  await page.keyboard.press('ControlOrMeta+k');
  await page.getByRole('dialog').getByRole('combobox').fill('npm test');
  await page.getByRole('option', { name: /Bash npm test/ }).click();
  await expect.poll(() => page.url()).toBe(`${fleet.url}/sessions/${id}`);
  const panel = page.getByRole('region', { name: 'Waiting for you: Bash npm test' });
  await expect.poll(() => panel.evaluate((at) => at === document.activeElement)).toBe(true);
  const history = page.getByRole('complementary', { name: 'Details' }).getByRole('region', {
    name: 'Permissions',
  });
  await history.getByText('Waiting for you').waitFor();
  await panel.getByRole('button', { name: 'Deny', exact: true }).click();
  await asking.decided();
  await history.getByText(/^Denied by /).waitFor();
});

describe.each([
  { colorScheme: 'light' },
  { colorScheme: 'dark' },
  { colorScheme: 'light', viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true },
] as const)('with %j', (profile) => {
  test('a list in which one waits has nothing serious', async ({ fleet, open }) => {
    const { asking } = await oneWaits(fleet, 'one that waits');
    const dashboard = await open(profile);
    const { page } = dashboard;
    await dashboard.enter(fleet.key);
    await badge(dashboard).waitFor();
    await rows(dashboard).getByText('Waiting for you').first().waitFor();
    expect(await seriousViolations(page)).toEqual([]);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(wide).toBeLessThanOrEqual(0);
    await fleet.request('POST', `/approvals/${asking.id}/decision`, { decision: 'deny' });
  });
});

test('a session is launched that asks nobody', async ({ fleet, open }) => {
  const dashboard = await open();
  const { page, hand } = dashboard;
  await dashboard.enter(fleet.key);
  await page.goto('/sessions/new');
  await page.getByText('commands and changes wait until you allow them').waitFor();
  await hand.type(page.getByLabel('Prompt', { exact: true }), 'ask nobody');
  await hand.type(page.getByLabel('Folder', { exact: true }), '/not/anywhere');
  await hand.press(page.getByText('Limits and queue'));
  await hand.type(page.getByLabel('Wait for approval'), '0');
  await page.getByText('Nobody is asked').waitFor();
  await hand.press(page.getByRole('button', { name: /^Launch/ }));
  await dashboard.conversation.waitFor();
  expect(await fleet.get('/runs?limit=1')).toMatchObject({ data: [{ approvalSec: 0 }] });
});

import { describe, expect } from 'vitest';
import type { Fleet } from '../../../runner-core/e2e/fleet.js';
import { behindItsBack } from './behind-its-back.js';
import { type Dashboard, test } from './dashboard.js';
import { hands } from './hand.js';
import { assistant } from './said.js';
import { ScriptedRunner, scriptedSession } from './scripted-runner.js';

const rows = ({ page }: Dashboard) => page.getByRole('list', { name: 'Sessions' }).getByRole('listitem');
const row = (dashboard: Dashboard, words: string) => rows(dashboard).filter({ hasText: words });

/** The list of the sessions whose prompt has these words. */
async function look(dashboard: Dashboard, fleet: Fleet, words: string, more = ''): Promise<void> {
  await dashboard.signIn(fleet.key, `/sessions?q=${encodeURIComponent(words)}${more}`);
  await rows(dashboard).first().waitFor();
}

const runsOf = async (fleet: Fleet, words: string) =>
  (
    await fleet.get<{ data: { id: string; status: string; labels: string[]; input: string }[] }>(
      `/runs?q=${encodeURIComponent(words)}`,
    )
  ).data;

test('a row says what is asked, why it waits, and the last words of what runs, as they come', async ({
  fleet,
  open,
}) => {
  const asks = await scriptedSession(fleet, { prompt: 'row that asks', cwd: '/code/rows' });
  await asks.held.ask({ tool: 'Bash', message: 'Bash npm test', input: { command: 'npm test' } });
  const runs = await scriptedSession(fleet, { prompt: 'row that runs', cwd: '/code/rows' });
  await runs.held.say(assistant('I look at the routes first.'));
  await fleet.launch({ prompt: 'row that waits', cwd: '/nobody/has/this' });
  const dashboard = await open();
  await look(dashboard, fleet, 'row that');
  await row(dashboard, 'row that asks').getByText('Bash npm test').waitFor();
  await row(dashboard, 'row that runs').getByText('I look at the routes first.').waitFor();
  await row(dashboard, 'row that waits').getByText('No online runner allows /nobody/has/this').waitFor();
  await runs.held.say({
    kind: 'tool_use',
    message: 'Edit src/routes.ts',
    data: { type: 'tool_use', id: 'toolu_1', name: 'Edit', input: {} },
  });
  await row(dashboard, 'row that runs').getByText('Edit src/routes.ts').waitFor();
  await runs.held.finish({ status: 'SUCCEEDED' });
  await row(dashboard, 'row that runs').getByText('Done').waitFor();
  expect(await row(dashboard, 'row that runs').getByText('Edit src/routes.ts').count()).toBe(0);
});

describe.each(hands)('with the $name alone', (hand) => {
  test('the list is narrowed to days, and stands together by state', async ({ fleet, open }) => {
    const mark = `when ${hand.name}`;
    for (const n of ['a', 'b']) await fleet.launch({ prompt: `${mark} ${n}`, cwd: '/no/when' });
    const [newest] = await runsOf(fleet, mark);
    await fleet.request('POST', `/runs/${newest?.id}/cancel`, {});
    const dashboard = await open({ hand });
    const { page } = dashboard;
    await look(dashboard, fleet, mark);
    await hand.select(page.getByRole('combobox', { name: 'Launched' }), 'today');
    await expect.poll(() => page.url()).toContain('when=today');
    await expect.poll(() => rows(dashboard).count()).toBe(2);
    await page.goto(`/sessions?q=${encodeURIComponent(mark)}&when=..2020-01-31`);
    await page.getByText('No session fits').waitFor();
    await expect.poll(() => page.getByLabel('To', { exact: true }).inputValue()).toBe('2020-01-31');
    await hand.select(page.getByRole('combobox', { name: 'Launched' }), '7d');
    await expect.poll(() => rows(dashboard).count()).toBe(2);
    await hand.tick(page.getByLabel('Group by state'));
    const list = page.getByRole('list', { name: 'Sessions' });
    await expect.poll(() => list.getByRole('heading').allTextContents()).toEqual(['Queued 1', 'Ended 1']);
    await expect.poll(() => page.url()).toContain('group=state');
  });

  test('several sessions are labelled, launched again and cancelled, and what fails is told in its row', async ({
    fleet,
    open,
  }) => {
    const mark = `several ${hand.name}`;
    await fleet.launch({ prompt: `${mark} one`, cwd: '/no/several', labels: ['old'] });
    const full = Array.from({ length: 20 }, (_, n) => `label ${n}`);
    await fleet.launch({ prompt: `${mark} two`, cwd: '/no/several', labels: full });
    const dashboard = await open({ hand });
    const { page } = dashboard;
    dashboard.watch.expectFault(/400/);
    await look(dashboard, fleet, mark);
    await hand.press(page.getByRole('button', { name: 'Select', exact: true }));
    await hand.tick(page.getByRole('checkbox', { name: `Select ${mark} one` }));
    const bar = page.getByRole('region', { name: 'Selected sessions' });
    await bar.getByText('1 selected').waitFor();
    await hand.press(bar.getByRole('button', { name: 'Select all 2' }));
    await hand.press(bar.getByRole('button', { name: 'Label…' }));
    await hand.type(page.getByRole('dialog').getByRole('textbox', { name: /^Add/ }), 'fresh, api');
    await hand.tick(page.getByRole('dialog').getByRole('checkbox', { name: 'old' }));
    await hand.press(page.getByRole('dialog').getByRole('button', { name: 'Change labels' }));
    await row(dashboard, `${mark} one`).getByText('Labelled fresh, api').waitFor();
    await row(dashboard, `${mark} two`)
      .getByText(/^Not done: labels/)
      .waitFor();
    await bar.getByText('Done for 1, not for 1: see their rows.').waitFor();
    await bar.getByText('1 selected').waitFor();
    expect((await runsOf(fleet, `${mark} one`))[0]?.labels).toEqual(['fresh', 'api']);

    await hand.press(bar.getByRole('button', { name: 'Launch again' }));
    await hand.press(page.getByRole('alertdialog').getByRole('button', { name: 'Launch 1 session' }));
    await row(dashboard, `${mark} two`).getByText('Launched again').waitFor();
    await expect.poll(async () => (await runsOf(fleet, `${mark} two`)).length).toBe(2);
    await expect.poll(() => rows(dashboard).count()).toBe(3);

    await hand.press(bar.getByRole('button', { name: 'Select all 3' }));
    await hand.press(bar.getByRole('button', { name: 'Cancel', exact: true }));
    await hand.press(page.getByRole('alertdialog').getByRole('button', { name: 'Cancel 3 sessions' }));
    await bar.getByText('Done for 3 sessions.').waitFor();
    await expect
      .poll(async () => (await runsOf(fleet, mark)).map(({ status }) => status))
      .toEqual(['CANCELLED', 'CANCELLED', 'CANCELLED']);
    await hand.press(bar.getByRole('button', { name: 'Close' }));
    await expect.poll(() => page.getByRole('checkbox', { name: /^Select / }).count()).toBe(0);
  });
});

test('x selects the session under the keyboard, and Escape lets all go', async ({ fleet, open }) => {
  for (const n of ['a', 'b']) await fleet.launch({ prompt: `by x ${n}`, cwd: '/no/x' });
  const dashboard = await open();
  const { page } = dashboard;
  await look(dashboard, fleet, 'by x');
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await page.getByRole('region', { name: 'Selected sessions' }).getByText('1 selected').waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await page.getByRole('region', { name: 'Selected sessions' }).getByText('2 selected').waitFor();
  await page.keyboard.press('Escape');
  await expect.poll(() => page.getByRole('region', { name: 'Selected sessions' }).count()).toBe(0);
});

test('runners that are there come first, with what runs now and what failed last, each a step away', async ({
  fleet,
  open,
}) => {
  const away = await ScriptedRunner.connect(fleet.url, fleet.key, { name: 'a-away' });
  await fleet.request('POST', '/runs', { prompt: 'nothing', cwd: '/no/r', runnerId: away.id });
  const { runner, held } = await scriptedSession(
    fleet,
    { prompt: 'break the loom', cwd: '/code/loom' },
    { name: 'z-loom' },
  );
  await held.finish({ status: 'FAILED', failure: { code: 'agent_crashed', message: 'The thread broke.' } });
  await fleet.launch({ prompt: 'weave a cloth', cwd: '/code/loom', runnerId: runner.id });
  const weaving = await runner.take();
  await weaving.say(assistant('The warp is on.'));
  const leave = runner.stay(2_000);
  await behindItsBack(fleet, 'a-away', 'UPDATE runners SET left_at = now() WHERE name = $1');
  const dashboard = await open();
  const { page } = dashboard;
  await dashboard.signIn(fleet.key, '/runners');
  const names = () => page.getByRole('list', { name: 'Runners' }).getByRole('heading').allInnerTexts();
  // Whoever else is there, and whatever their names.
  await expect
    .poll(async () => (await names()).filter((name) => ['a-away', 'z-loom'].includes(name)))
    .toEqual(['z-loom', 'a-away']);
  const loom = page
    .getByRole('list', { name: 'Runners' })
    .locator(':scope > li')
    .filter({ hasText: 'z-loom' });
  await loom.getByRole('list', { name: 'Running on z-loom' }).getByText('The warp is on.').waitFor();
  await loom.getByRole('button', { name: 'Pause z-loom' }).waitFor();
  expect(await page.getByRole('button', { name: 'Pause a-away' }).count()).toBe(0);
  const connect = page.getByRole('button', { name: 'Connect a runner' });
  const first = page.getByRole('list', { name: 'Runners' });
  const top = async (at: typeof connect) => (await at.boundingBox())?.y ?? Number.NaN;
  expect(await top(connect)).toBeLessThan(await top(first));
  await connect.click();
  await page.getByRole('region', { name: 'Connecting' }).getByText('Name of the runner').waitFor();
  await loom.getByRole('link', { name: 'The thread broke.' }).click();
  await dashboard.conversation.waitFor();
  await page.goBack();
  await loom.getByRole('link', { name: /weave a cloth/ }).click();
  await dashboard.conversation.getByText('The warp is on.').waitFor();
  leave();
});

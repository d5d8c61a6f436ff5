import { describe, expect } from 'vitest';
import { type Dashboard, test } from './dashboard.js';
import { hands, keyboard } from './hand.js';
import { assistant } from './said.js';
import { scriptedSession } from './scripted-runner.js';

const wide = { viewport: { width: 1440, height: 900 } };

const side = ({ page }: Dashboard) => page.getByRole('navigation', { name: 'Sessions' });

describe.each(hands)('with the $name alone', (hand) => {
  test('beside the session stand the others by what they need, and folding the list is kept', async ({
    fleet,
    open,
  }) => {
    const waits = await scriptedSession(fleet, { prompt: `waits, ${hand.name}`, cwd: '/code/a' });
    await waits.held.ask({ tool: 'Bash', message: 'Bash npm test', input: { command: 'npm test' } });
    const runs = await scriptedSession(fleet, { prompt: `runs, ${hand.name}`, cwd: '/code/b' });
    await runs.held.say(assistant('Running along.'));
    const ended = await scriptedSession(fleet, { prompt: `ended, ${hand.name}`, cwd: '/code/c' });
    await ended.held.finish({ status: 'SUCCEEDED', result: 'All is well.' });
    const dashboard = await open({ ...wide, hand });
    const { page } = dashboard;
    await dashboard.enterSession(fleet.key, runs.id);
    const row = (group: string, text: string) =>
      side(dashboard)
        .getByRole('group', { name: group })
        .getByRole('link', { name: new RegExp(text) });
    await row('Waiting for you', `waits, ${hand.name}`).getByText('Bash npm test').waitFor();
    await row('Running', `runs, ${hand.name}`).getByText('Running along.').waitFor();
    await row('Ended', `ended, ${hand.name}`).getByText('All is well.').waitFor();
    await hand.press(row('Ended', `ended, ${hand.name}`));
    await expect.poll(() => page.url()).toContain(ended.id);
    await dashboard.heading(`ended, ${hand.name}`).waitFor();
    await hand.press(side(dashboard).getByRole('button', { name: 'List of sessions' }));
    await expect.poll(() => side(dashboard).getByRole('group').count()).toBe(0);
    await page.reload();
    await dashboard.heading(`ended, ${hand.name}`).waitFor();
    expect(await side(dashboard).getByRole('group').count()).toBe(0);
  });
});

test('j and k go from session to session, in the order of the list', async ({ fleet, open }) => {
  const ids: string[] = [];
  for (const prompt of ['one by one', 'two by two', 'three by three']) {
    const { id, held } = await scriptedSession(fleet, { prompt, cwd: '/code/jk' });
    await held.say(assistant(`This is ${prompt}.`));
    await held.finish({ status: 'SUCCEEDED' });
    ids.unshift(id);
  }
  const dashboard = await open({ ...wide, hand: keyboard });
  const { page, conversation } = dashboard;
  await dashboard.enterSession(fleet.key, ids[0] ?? '');
  await side(dashboard)
    .getByRole('link', { name: /one by one/ })
    .waitFor();
  await page.keyboard.press('j');
  await conversation.getByText('This is two by two.').waitFor();
  await page.keyboard.press('j');
  await conversation.getByText('This is one by one.').waitFor();
  await page.keyboard.press('k');
  await conversation.getByText('This is two by two.').waitFor();
  expect(page.url()).toContain(ids[1]);
});

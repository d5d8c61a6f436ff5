import { describe, expect } from 'vitest';
import type { Fleet } from '../../../runner-core/e2e/fleet.js';
import { text } from '../../../runner-core/e2e/model-server.js';
import { type Dashboard, type Open, test } from './dashboard.js';
import { type Hand, hands, keyboard } from './hand.js';
import { assistant, toolCall } from './said.js';
import { scriptedSession } from './scripted-runner.js';

/** A session of many events that has ended. */
async function aLongSession(fleet: Fleet, events = 1_500): Promise<string> {
  const { id, held } = await scriptedSession(fleet, { prompt: 'be long', cwd: '/code/long' });
  for (let from = 1; from <= events; from += 500) {
    const batch = Array.from({ length: 500 }, (_, index) => assistant(`Event number ${from + index}.`));
    await held.say(...batch);
  }
  await held.say(
    ...toolCall(
      'Bash npm test',
      'Bash',
      { command: 'npm test' },
      '\u001b[31mfailed\u001b[0m: needle in it',
      true,
    ),
    assistant('The end of it.'),
  );
  await held.finish({ status: 'SUCCEEDED' });
  return id;
}

async function openSession(open: Open, fleet: Fleet, path: string, hand: Hand): Promise<Dashboard> {
  const dashboard = await open({ hand, permissions: ['clipboard-read', 'clipboard-write'] });
  await dashboard.enter(fleet.key);
  await dashboard.page.goto(path);
  return dashboard;
}

const clipboard = ({ page }: Dashboard) => page.evaluate(() => navigator.clipboard.readText());

describe.each(hands)('with the $name alone, in a log that is longer than what is loaded', (hand) => {
  const byKey = hand === keyboard;

  test('it opens at its end, finds what is far above, and goes from match to match', async ({
    fleet,
    open,
  }) => {
    const dashboard = await openSession(open, fleet, `/sessions/${await aLongSession(fleet)}`, hand);
    const { page } = dashboard;
    await dashboard.inSight('The end of it.');
    if (byKey) await page.keyboard.press('ControlOrMeta+f');
    else await page.getByRole('button', { name: 'Find in session' }).click();
    await page.getByRole('searchbox', { name: 'Find in session' }).fill('number 7.');
    await page.getByText('1 of 1', { exact: true }).waitFor();
    await dashboard.inSight('Event number 7.');
    await page.getByRole('searchbox', { name: 'Find in session' }).fill('event NUMBER 14');
    await page.getByText('111 of 111', { exact: true }).waitFor();
    if (byKey) await page.keyboard.press('Enter');
    else await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('1 of 111', { exact: true }).waitFor();
    await dashboard.inSight('Event number 14.');
    if (byKey) await page.keyboard.press('Shift+Enter');
    else await page.getByRole('button', { name: 'Previous' }).click();
    await dashboard.inSight('Event number 1499.');
    if (byKey) await page.keyboard.press('Escape');
    else await page.getByRole('button', { name: 'Close find' }).click();
    await expect.poll(() => page.getByRole('searchbox').count()).toBe(0);
  });

  test('what cannot be read is not taken for read: find says so and goes on, and no half is copied', async ({
    fleet,
    open,
  }) => {
    const id = await aLongSession(fleet);
    const dashboard = await openSession(open, fleet, `/sessions/${id}`, hand);
    const { page } = dashboard;
    dashboard.watch.expectFault(/net::ERR_FAILED/);
    await dashboard.inSight('The end of it.');
    const earlier = /\/events\?.*before=\d{1,6}\b/;
    await page.route(earlier, (route) => route.abort());
    if (byKey) await page.keyboard.press('y');
    else await page.getByRole('button', { name: 'Copy session as markdown' }).click();
    await page.getByText('Not all of the session could be read, so nothing is copied').first().waitFor();
    if (byKey) await page.keyboard.press('ControlOrMeta+f');
    else await page.getByRole('button', { name: 'Find in session' }).click();
    await page.getByRole('searchbox', { name: 'Find in session' }).fill('number 7.');
    const status = page.getByRole('search').getByRole('status');
    await expect.poll(() => status.textContent()).toContain('not all could be read, trying again');
    expect(await status.textContent()).not.toContain('Nothing found');
    await page.unroute(earlier);
    await page.getByText('1 of 1', { exact: true }).waitFor();
    await dashboard.inSight('Event number 7.');
  });

  test('a link to an event far above opens there', async ({ fleet, open }) => {
    const id = await aLongSession(fleet);
    const dashboard = await openSession(open, fleet, `/sessions/${id}#e42`, hand);
    await dashboard.inSight('Event number 42.');
    await dashboard.page.locator('.row[data-linked]').getByText('Event number 42.').waitFor();
  });

  test('the whole session and one line of it are copied, and one line is shown raw', async ({
    fleet,
    open,
  }) => {
    const id = await aLongSession(fleet, 500);
    const dashboard = await openSession(open, fleet, `/sessions/${id}`, hand);
    const { page, conversation } = dashboard;
    await dashboard.inSight('The end of it.');
    if (byKey) await page.keyboard.press('y');
    else await page.getByRole('button', { name: 'Copy session as markdown' }).click();
    await page.getByText('The session is copied as markdown').waitFor();
    const whole = await clipboard(dashboard);
    expect(whole).toContain('Event number 1.\n\nEvent number 2.\n');
    expect(whole).toContain('```sh\nnpm test\n```\n\n```\nfailed: needle in it\n```');

    const choose = async (key: string, name: RegExp) => {
      if (byKey) return page.keyboard.press(key);
      await conversation.getByText('The end of it.').hover();
      await page
        .locator('.row', { hasText: 'The end of it.' })
        .getByRole('button', { name: /^More about/ })
        .click();
      await page.getByRole('menuitem', { name }).click();
    };
    if (byKey) await page.keyboard.press('K');
    await choose('c', /Copy as markdown/);
    await expect.poll(() => clipboard(dashboard)).toBe('The end of it.');
    await choose('l', /Copy link/);
    await expect.poll(() => clipboard(dashboard)).toBe(`${fleet.url}/sessions/${id}#e503`);
    await choose('r', /Raw JSON/);
    await page.getByRole('dialog', { name: 'Event 503' }).getByText('"seq": 503').waitFor();
  });
});

test('the tab is named after what was asked', async ({ fleet, open }) => {
  const { id } = await fleet.launch({ prompt: 'a name for a tab\nand more', cwd: '/not/anywhere' });
  const dashboard = await open();
  await dashboard.enter(fleet.key);
  await dashboard.page.goto(`/sessions/${id}`);
  await expect.poll(() => dashboard.page.title()).toMatch(/(^|\) )a name for a tab · AgentFleet$/);
  await dashboard.go('Sessions');
  await expect.poll(() => dashboard.page.title()).toMatch(/(^|\) )Sessions · AgentFleet$/);
});

test('on a phone the details and the thread’s other runs are reached', async ({ fleet, model, open }) => {
  model.says(() => [text('Said.')]);
  const first = await fleet.launch({ prompt: 'the first of them' });
  await fleet.ended(first.id);
  const second = await fleet.followUp(first.id, 'the second of them');
  await fleet.ended(second.id);
  const dashboard = await open({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
  const { page } = dashboard;
  await dashboard.enter(fleet.key);
  await page.goto(`/sessions/${second.id}`);
  await page.getByRole('button', { name: 'Details' }).click();
  await page
    .getByRole('dialog')
    .getByRole('link', { name: /the first of them/ })
    .click();
  await expect.poll(() => page.url()).toContain(first.id);
});

test('code, diffs and terminals have their colours, under the policy that allows no inline style', async ({
  fleet,
  open,
}) => {
  const { id, held } = await scriptedSession(fleet, { prompt: 'in colour', cwd: '/code/c' });
  const edit = { file_path: '/code/c/a.ts', old_string: 'const a = 1;', new_string: 'const a = "two";' };
  await held.say(
    assistant('```ts\nconst answer = 42;\n```'),
    ...toolCall('Edit a.ts', 'Edit', edit, 'ok'),
    ...toolCall('Bash ls', 'Bash', { command: 'ls' }, '\u001b[32mgreen\u001b[0m'),
  );
  await held.finish({ status: 'SUCCEEDED' });
  const dashboard = await open();
  const { page, conversation } = dashboard;
  await dashboard.enter(fleet.key);
  await page.goto(`/sessions/${id}`);
  await conversation.locator('.prose .tok-keyword', { hasText: 'const' }).waitFor();
  await conversation.locator('.card .tok-keyword', { hasText: 'const' }).first().waitFor();
  await conversation.locator('.card .tok-string-expression', { hasText: 'two' }).waitFor();
  await conversation.getByText('Bash ls').click();
  await conversation.locator('.ansi-green', { hasText: 'green' }).waitFor();
});

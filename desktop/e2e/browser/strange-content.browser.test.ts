import { expect } from 'vitest';
import type { Fleet } from '../../../runner-core/e2e/fleet.js';
import { type Open, test } from './dashboard.js';
import { assistant, thinking, toolCall } from './said.js';
import { scriptedSession } from './scripted-runner.js';

/** A session in the hands of a scripted runner, open in the dashboard. */
async function watchSession(fleet: Fleet, open: Open, prompt: string) {
  const { id, held } = await scriptedSession(fleet, { prompt, cwd: '/code/strange' });
  const dashboard = await open({ viewport: { width: 1280, height: 2_400 } });
  await dashboard.enter(fleet.key);
  await dashboard.page.goto(`/sessions/${id}`);
  await dashboard.conversation.waitFor();
  return { dashboard, held };
}

test('hostile markdown and HTML are shown as text: nothing runs, nothing is loaded', async ({
  fleet,
  open,
}) => {
  const hostile = [
    '<script>alert("script")</script>',
    '<img src="http://192.0.2.1/pixel.png" onerror="alert(1)">',
    '<svg onload="alert(2)"><use href="http://192.0.2.1/x.svg#a"/></svg>',
    '<iframe src="http://192.0.2.1/frame"></iframe><object data="http://192.0.2.1/o"></object>',
    '<style>@import "http://192.0.2.1/x.css"; body { display: none }</style><form action="http://192.0.2.1"><input></form>',
    '![read](http://192.0.2.1/read.png) ![data](data:image/svg+xml,<svg/onload=alert(3)>)',
    '[go](javascript:alert(4)) [go](data:text/html,<script>alert(5)</script>) [out](http://192.0.2.1/out)',
    '[ref]: javascript:alert(6)\n\n[ref]',
    '\u001b]8;;http://192.0.2.1/\u0007link\u001b]8;;\u0007 \u001b[31mred\u001b[0m',
    '```html\n<script>alert("fenced")</script>\n```',
    '# <a id="main">clobber</a> <b onclick="alert(7)">bold</b>',
  ].join('\n\n');
  const { dashboard, held } = await watchSession(fleet, open, hostile);
  const { page, conversation } = dashboard;
  await held.say(
    assistant(hostile),
    thinking(hostile),
    ...toolCall(`Bash ${hostile}`.slice(0, 400), 'Bash', { command: hostile }, hostile),
    ...toolCall(
      'Edit /code/x.html',
      'Edit',
      { file_path: hostile, old_string: hostile, new_string: '<b>' },
      'ok',
    ),
    ...toolCall('Unheard <b>of</b>', '<b>Unheard</b>', { '<i>key</i>': hostile }, hostile, true),
    { kind: 'error', message: hostile.slice(0, 4_000) },
    assistant('All was said.'),
  );
  await held.finish({ status: 'FAILED', failure: { code: 'agent_error', message: hostile.slice(0, 900) } });
  await conversation.getByText('All was said.').waitFor();
  for (const summary of await conversation.locator('summary').all()) await summary.click();
  expect(await conversation.getByText('alert("script")').count()).toBeGreaterThan(0);
  const active =
    'script, img, svg use, iframe, object, embed, style, form, input, base, link, [onerror], [onclick]';
  expect(await conversation.locator(active).count()).toBe(0);
  const links = await conversation
    .locator('a')
    .evaluateAll((all) =>
      all.map(
        (link) => `${link.getAttribute('href')} ${link.getAttribute('rel')} ${link.getAttribute('target')}`,
      ),
    );
  for (const link of links.filter((text) => !text.startsWith('null'))) {
    expect(link).toMatch(/^(http|\/|#).* noopener noreferrer.* _blank$/);
  }
  // What the list and the tab show of it is text as well; the watch of every test sees dialogs and requests.
  await dashboard.go('Sessions');
  await page.getByRole('list', { name: 'Sessions' }).getByText('<script>').first().waitFor();
});

test('right-to-left text reads from the right, and emoji stay whole', async ({ fleet, open }) => {
  const family = '👩‍👩‍👧‍👦🏳️‍🌈👍🏽';
  const { dashboard, held } = await watchSession(fleet, open, `שלום עולם ${family}`);
  const { conversation } = dashboard;
  await held.say(
    assistant('מחקתי את הקובץ README.md ובדקתי שוב.'),
    assistant(`Done ${family} ok`),
    ...toolCall('Bash echo', 'Bash', { command: 'echo مرحبا' }, 'مرحبا بالعالم'),
  );
  await conversation.getByText(`Done ${family} ok`).waitFor();
  await conversation.getByText(`שלום עולם ${family}`).waitFor();
  const directionOf = (shown: string) =>
    conversation
      .getByText(shown)
      .first()
      .evaluate((element) => getComputedStyle(element).direction);
  expect(await directionOf('מחקתי את הקובץ')).toBe('rtl');
  expect(await directionOf('שלום עולם')).toBe('rtl');
  expect(await directionOf('Done')).toBe('ltr');
  await conversation.getByText('Bash echo').click();
  await conversation.getByText('مرحبا بالعالم').first().waitFor();
  expect(await directionOf('مرحبا بالعالم')).toBe('rtl');
});

test('a line that cannot be drawn says so, with what it says and a stack, and takes nothing else with it', async ({
  fleet,
  open,
}) => {
  const { dashboard, held } = await watchSession(fleet, open, 'go');
  const { page, conversation } = dashboard;
  dashboard.watch.expectFault(/cannot be drawn/);
  await page.evaluate(() => {
    const split = String.prototype.split as (this: string, ...more: unknown[]) => string[];
    Object.assign(String.prototype, {
      split(this: string, ...more: unknown[]) {
        if (this.includes('unlucky')) throw new TypeError('cannot be drawn');
        return split.apply(this, more);
      },
    });
  });
  await held.say(assistant('Before.'), thinking('an unlucky thought'), assistant('After.'));
  await conversation.getByText('After.').waitFor();
  await conversation.getByText('Before.').waitFor();
  await conversation.getByText('an unlucky thought').waitFor();
  await conversation.getByText('TypeError: cannot be drawn').first().click();
  await conversation.getByText(/^TypeError: cannot be drawn\n\s+at /).waitFor();
  await held.say(assistant('And on.'));
  await conversation.getByText('And on.').waitFor();
});

test('an event of 2 MB opens at once, and all of it on request', async ({ fleet, open }) => {
  const { dashboard, held } = await watchSession(fleet, open, 'print a lot');
  const { page, conversation } = dashboard;
  const line = 'x'.repeat(99);
  const output = `${`${line}\n`.repeat(20_000)}the last line`;
  await held.say(
    ...toolCall('Bash cat big.txt', 'Bash', { command: 'cat big.txt' }, output),
    assistant('Printed.'),
  );
  await conversation.getByText('Printed.').waitFor();
  await conversation.getByText('Bash cat big.txt').click();
  await conversation.getByText(line).first().waitFor();
  await page.getByRole('button', { name: /Show all/ }).click();
  await expect
    .poll(() =>
      conversation
        .locator('pre')
        .evaluateAll((all) => all.some((pre) => pre.textContent?.includes('the last line'))),
    )
    .toBe(true);
  await held.say(assistant('And it goes on.'));
  await conversation.getByText('And it goes on.').waitFor();
  await held.finish({ status: 'SUCCEEDED' });
});

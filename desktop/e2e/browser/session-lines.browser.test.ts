import { expect } from 'vitest';
import { test } from './dashboard.js';
import { assistant, toolCall } from './said.js';
import { scriptedSession } from './scripted-runner.js';

const wide = { viewport: { width: 1440, height: 900 } };

const lines = (line: string, many: number) => Array.from({ length: many }, (_, at) => `${line} ${at + 1}`);

test('find opens what was folded and scrolls within its box', async ({ fleet, open }) => {
  const { id, held } = await scriptedSession(fleet, { prompt: 'print much', cwd: '/code/much' });
  const output = [...lines('row', 400), 'the needle', ...lines('more', 400)].join('\n');
  await held.say(...toolCall('Bash print', 'Bash', { command: 'print' }, output), assistant('Printed.'));
  await held.finish({ status: 'SUCCEEDED' });
  const dashboard = await open(wide);
  const { page, conversation } = dashboard;
  await dashboard.enterSession(fleet.key, id);
  const card = conversation.locator('.card');
  // Opened and folded by hand: find opens it all the same.
  await card.locator('summary').click();
  await card.locator('summary').click();
  await page.keyboard.press('/');
  await page.getByRole('searchbox', { name: 'Find in session' }).fill('the needle');
  await page.getByText('1 of 1', { exact: true }).waitFor();
  await expect
    .poll(() =>
      conversation.locator('pre').evaluateAll((boxes) =>
        boxes.some((box) => {
          const walker = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
          for (let node = walker.nextNode(); node; node = walker.nextNode()) {
            const at = node.nodeValue?.indexOf('the needle') ?? -1;
            if (at < 0) continue;
            const range = document.createRange();
            range.setStart(node, at);
            range.setEnd(node, at + 10);
            const [place, frame] = [range.getBoundingClientRect(), box.getBoundingClientRect()];
            return place.top >= frame.top && place.bottom <= frame.bottom;
          }
          return false;
        }),
      ),
    )
    .toBe(true);
});

test('what is new is what came since one turned away, not what was read of before', async ({
  fleet,
  open,
}) => {
  const { id, held } = await scriptedSession(fleet, { prompt: 'grow', cwd: '/code/grow' });
  for (let page = 0; page < 4; page += 1)
    await held.say(...lines(`Old line, page ${page},`, 250).map((line) => assistant(line)));
  const dashboard = await open(wide);
  const { page, conversation } = dashboard;
  await dashboard.enterSession(fleet.key, id);
  await dashboard.inSight('Old line, page 3, 250');
  await conversation.hover();
  await page.mouse.wheel(0, -60_000);
  await dashboard.inSight(/^grow$/);
  const jump = page.getByRole('button', { name: /^Jump to latest/ });
  expect(await jump.textContent()).toBe('Jump to latest');
  await held.say(assistant('New one.'), assistant('New two.'));
  await expect.poll(() => jump.textContent()).toBe('Jump to latest · 2 new');
});

test('of a session that is followed for long the end stays in sight, and its beginning is read again by who goes there', async ({
  fleet,
  open,
}) => {
  const { id, held } = await scriptedSession(fleet, { prompt: 'go on', cwd: '/code/on' });
  await held.say(
    ...toolCall('Edit a.ts', 'Edit', { file_path: '/code/on/a.ts', old_string: 'a', new_string: 'b' }, 'ok'),
  );
  const dashboard = await open(wide);
  const { page, conversation } = dashboard;
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await dashboard.enterSession(fleet.key, id);
  for (let part = 1; part <= 8; part += 1) {
    await held.say(...lines(`Part ${part},`, 500).map((line) => assistant(line)));
    await dashboard.inSight(`Part ${part}, 500`);
  }
  const changed = page.getByRole('region', { name: 'Files changed' });
  await changed.getByRole('button', { name: 'a.ts' }).waitFor();
  const events = () => asked.filter((url) => url.includes(`/runs/${id}/events?`) && url.includes('before='));
  const before = events().length;
  await conversation.hover();
  for (
    let turn = 0;
    turn < 40 && (await page.getByText('Part 1, 1', { exact: true }).count()) === 0;
    turn += 1
  ) {
    await page.mouse.wheel(0, -20_000);
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
  }
  await dashboard.inSight('Part 1, 1');
  expect(events().length).toBeGreaterThan(before);
  await page.getByRole('button', { name: /^Jump to latest/ }).click();
  await dashboard.inSight('Part 8, 500');
});

test('what has no answer in a session that is over is not marked as running', async ({ fleet, open }) => {
  const { id, held } = await scriptedSession(fleet, { prompt: 'leave it', cwd: '/code/left' });
  const [call] = toolCall('Bash sleep', 'Bash', { command: 'sleep 100' }, '');
  await held.say(call);
  const dashboard = await open(wide);
  const { conversation } = dashboard;
  await dashboard.enterSession(fleet.key, id);
  await conversation.getByRole('article', { name: 'Tool: Bash sleep' }).getByText('running').waitFor();
  await held.finish({ status: 'CANCELLED' });
  await conversation.getByText('no answer').waitFor();
  await expect.poll(() => conversation.locator('.breathing').count()).toBe(0);
});

test('on paper all that was read of the conversation stands, without buttons and boxes that hide', async ({
  fleet,
  open,
}) => {
  const { id, held } = await scriptedSession(fleet, { prompt: 'be printed', cwd: '/code/paper' });
  await held.say(...lines('Printed line', 150).map((line) => assistant(line)));
  await held.finish({ status: 'SUCCEEDED' });
  const dashboard = await open({ ...wide, colorScheme: 'dark' });
  const { page } = dashboard;
  await dashboard.enterSession(fleet.key, id);
  await dashboard.inSight('Printed line 150');
  await page.emulateMedia({ media: 'print' });
  await expect.poll(() => page.getByText(/^Printed line \d+$/).count()).toBe(150);
  const isSeen = (name: string) => page.locator(name).first().isVisible();
  expect(await Promise.all(['header', '.composer', '.session-actions', '.row-menu'].map(isSeen))).toEqual([
    ...[false, false, false, false],
  ]);
  const { height, clipped } = await page.evaluate(() => ({
    height: document.documentElement.scrollHeight,
    clipped: getComputedStyle(document.querySelector('main') ?? document.body).overflowY,
  }));
  expect(height).toBeGreaterThan(2_000);
  expect(clipped).toBe('visible');
  await page.emulateMedia({ media: 'screen' });
  await page.getByRole('textbox', { name: 'Follow-up' }).waitFor();
});

test('each button of a line is named after it, and each line after who speaks', async ({ fleet, open }) => {
  const { id, held } = await scriptedSession(fleet, { prompt: 'speak up', cwd: '/code/names' });
  await held.say(
    assistant('```sh\nls\n```\n\n```sh\npwd\n```'),
    ...toolCall('Bash ls', 'Bash', { command: 'ls' }, 'a'),
    ...toolCall('Bash ls', 'Bash', { command: 'ls' }, 'a'),
  );
  await held.finish({ status: 'SUCCEEDED' });
  const dashboard = await open(wide);
  const { conversation } = dashboard;
  await dashboard.enterSession(fleet.key, id);
  await conversation.getByRole('article', { name: 'You' }).getByText('speak up').waitFor();
  await conversation.getByRole('article', { name: 'Claude', exact: true }).waitFor();
  await expect.poll(() => conversation.getByRole('article', { name: 'Tool: Bash ls' }).count()).toBe(2);
  const names = await conversation
    .getByRole('button')
    .evaluateAll((all) => all.map((button) => button.getAttribute('aria-label') ?? button.textContent));
  expect(names.length).toBeGreaterThanOrEqual(5);
  expect(new Set(names).size).toBe(names.length);
});

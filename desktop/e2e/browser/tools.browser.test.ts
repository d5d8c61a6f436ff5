import { readFileSync } from 'node:fs';
import type { JsonObject } from '@agentfleet/contract';
import { describe, expect } from 'vitest';
import { test } from './dashboard.js';
import { hands, keyboard } from './hand.js';
import { assistant } from './said.js';
import { type HeldRun, type Said, scriptedSession } from './scripted-runner.js';

const picture = readFileSync(new URL('../../packaging/icons/linux/512x512.png', import.meta.url)).toString(
  'base64',
);
const image = (data = picture) => ({
  type: 'image',
  source: { type: 'base64', media_type: 'image/png', data },
});

let calls = 0;
/** A call of a tool and its answer, as the runner tells them. */
function used(
  message: string,
  name: string,
  input: JsonObject,
  answer: JsonObject,
  more: JsonObject = {},
): Said[] {
  calls += 1;
  const id = `toolu_${calls}`;
  return [
    { kind: 'tool_use', message, data: { type: 'tool_use', id, name, input, ...more } },
    {
      kind: 'tool_result',
      message: 'ok',
      data: { type: 'tool_result', tool_use_id: id, ...answer, ...more },
    },
  ];
}
const created = (id: string, subject: string, more: JsonObject = {}) =>
  used(
    `TaskCreate ${subject}`,
    'TaskCreate',
    { subject, description: `${subject}, carefully.`, activeForm: `${subject}…` },
    { content: `Task #${id} created`, tool_use_result: { task: { id, subject } } },
    more,
  );
const updated = (id: string, status: string) =>
  used(
    `TaskUpdate #${id} ${status}`,
    'TaskUpdate',
    { taskId: id, status },
    { content: `Updated task #${id} status`, tool_use_result: { success: true, taskId: id } },
  );

describe.each(hands)('with the $name alone', (hand) => {
  test('a picture that Claude saw stands in its card, opens large, and says so when it is gone', async ({
    fleet,
    open,
  }) => {
    const { id, held } = await scriptedSession(fleet, { prompt: 'look at it', cwd: '/code/pictures' });
    const dimensions = { displayWidth: 512, displayHeight: 512 };
    await held.say(
      ...used(
        'Read shot.png',
        'Read',
        { file_path: '/code/pictures/shot.png' },
        {
          content: [image()],
          tool_use_result: { type: 'image', file: { dimensions } },
        },
      ),
      ...used(
        'mcp__browser__screenshot',
        'mcp__browser__screenshot',
        { url: 'http://localhost' },
        {
          content: [
            { type: 'image', source: { type: 'omitted', media_type: 'image/png', bytes: 6_000_000 } },
          ],
        },
      ),
    );
    const dashboard = await open({ hand });
    await dashboard.enterSession(fleet.key, id);
    const { page, conversation } = dashboard;
    const shown = conversation.getByRole('button', { name: 'Image: shot.png. Show it larger' });
    const width = () => shown.locator('img').evaluate((img: HTMLImageElement) => img.naturalWidth);
    await expect.poll(width).toBe(512);
    expect((await shown.boundingBox())?.height).toBeLessThanOrEqual(330);
    await conversation.getByText('image/png, 5.7 MB: not kept').waitFor();
    await hand.press(shown);
    const large = page.getByRole('dialog', { name: 'Image: shot.png' });
    await large.getByRole('img', { name: 'Image: shot.png' }).waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0);

    // Retention takes it away while another session shows it for the first time.
    let isGone = true;
    await page.route('**/images/*', (route) =>
      isGone ? route.fulfill({ status: 404, json: { error: {} } }) : route.continue(),
    );
    dashboard.watch.expectFault(/404/);
    await held.say(...used('Read gone.png', 'Read', {}, { content: [image()] }));
    await conversation.getByText('The image is not there').waitFor();
    isGone = false;
    await hand.press(conversation.getByRole('button', { name: 'Try again' }));
    await conversation.getByRole('button', { name: 'Image: gone.png. Show it larger' }).waitFor();
  });
});

/** More than what is loaded at first, with the tasks far above. */
async function sayMuch(held: HeldRun): Promise<void> {
  await held.say(
    ...created('1', 'Read the code'),
    ...created('2', 'Fix the parser'),
    ...created('3', 'Ship it'),
  );
  await held.say(
    ...created('9', 'Not ours', { parent_tool_use_id: 'toolu_agent' }),
    ...updated('1', 'completed'),
  );
  await held.say(...Array.from({ length: 400 }, (_, index) => assistant(`Step ${index + 1}.`)));
}

test('the list of tasks stands beside the conversation and follows it, though the log is longer than what is loaded', async ({
  fleet,
  open,
}) => {
  const { id, held } = await scriptedSession(fleet, { prompt: 'do a lot', cwd: '/code/tasks' });
  await sayMuch(held);
  const dashboard = await open({ viewport: { width: 1440, height: 900 } });
  await dashboard.enterSession(fleet.key, id);
  const tasks = dashboard.page.getByRole('region', { name: 'Tasks' });
  await tasks.getByText('1 of 3 done').waitFor();
  const lines = async () =>
    (await tasks.getByRole('listitem').allInnerTexts()).map((line) => line.replace(/\s+/g, ' '));
  expect(await lines()).toEqual(['✓ done: Read the code', '○ to do: Fix the parser', '○ to do: Ship it']);
  await held.say(...updated('2', 'in_progress'));
  await tasks.getByText('in progress: ').waitFor();
  expect((await lines())[1]).toBe('◐ in progress: Fix the parser…');
  await held.say(...updated('2', 'completed'), ...updated('3', 'deleted'));
  await tasks.getByText('2 of 2 done').waitFor();
});

test('on a phone the list of tasks is one line above the conversation, which opens', async ({
  fleet,
  open,
}) => {
  const { id, held } = await scriptedSession(fleet, { prompt: 'do a lot', cwd: '/code/tasks' });
  await sayMuch(held);
  await held.say(...updated('2', 'in_progress'));
  const dashboard = await open({ viewport: { width: 390, height: 800 }, hand: keyboard });
  await dashboard.enterSession(fleet.key, id);
  const { page } = dashboard;
  const line = page.locator('summary', { hasText: 'Tasks' });
  await line.getByText('Fix the parser…').waitFor();
  await line.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('listitem').getByText('Ship it').waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
});

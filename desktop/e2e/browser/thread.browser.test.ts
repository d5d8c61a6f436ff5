import { expect } from 'vitest';
import type { Fleet } from '../../../runner-core/e2e/fleet.js';
import { type Dashboard, test } from './dashboard.js';
import { assistant } from './said.js';
import { type HeldRun, ScriptedRunner } from './scripted-runner.js';

const agentSessionId = '7c1f2a90-3f2b-4c1e-9a57-0d6c1f0b2f11';

/** A thread whose runs each said `lines` lines and are over. @returns the ids, oldest first */
async function aThread(fleet: Fleet, prompts: readonly string[], lines = 1) {
  const runner = await ScriptedRunner.connect(fleet.url, fleet.key, { name: 'loom' });
  const ids: string[] = [];
  for (const [place, prompt] of prompts.entries()) {
    const parent = ids.at(-1);
    const { id } = parent
      ? await fleet.followUp(parent, prompt)
      : await fleet.launch({ prompt, cwd: '/code/thread', runnerId: runner.id, sharedCwd: true });
    ids.push(id);
    const held = await runner.take();
    await held.say(
      ...Array.from({ length: lines }, (_, line) => assistant(`Line ${line + 1} on ${prompt}.`)),
      assistant(`The end of ${prompt}.`),
    );
    await held.finish({ status: 'SUCCEEDED', result: `${prompt} done`, agentSessionId, costUsd: place + 1 });
  }
  return { ids, runner };
}

/** A thread whose first run goes on. */
async function aRunningThread(fleet: Fleet, prompt: string): Promise<{ id: string; held: HeldRun }> {
  const runner = await ScriptedRunner.connect(fleet.url, fleet.key, { name: 'busy loom' });
  const { id } = await fleet.launch({ prompt, cwd: '/code/busy', runnerId: runner.id, sharedCwd: true });
  const held = await runner.take();
  await held.say(assistant(`At ${prompt}.`));
  return { id, held };
}

const heads = ({ conversation }: Dashboard) => conversation.getByRole('article', { name: /^You/ });

test('a session and its follow-ups stand under each other on one page, each with its state, start and cost', async ({
  fleet,
  open,
}) => {
  const { ids } = await aThread(fleet, ['the warp', 'the weft', 'the cloth']);
  const dashboard = await open({ viewport: { width: 1440, height: 1600 } });
  await dashboard.enterSession(fleet.key, ids[2] ?? '');
  for (const prompt of ['the warp', 'the weft', 'the cloth'])
    await dashboard.inSight(`The end of ${prompt}.`);
  await expect.poll(() => heads(dashboard).count()).toBe(3);
  const said = await heads(dashboard).allInnerTexts();
  for (const [place, words] of said.entries()) {
    expect(words).toContain('Done');
    expect(words).toContain(`$${place + 1}.00`);
    expect(words).toMatch(/\d:\d\d/);
  }
  const costs = dashboard.page.getByRole('navigation', { name: 'Thread' });
  await costs.getByText('$6.00').waitFor();
  expect(await costs.getByRole('link').count()).toBe(3);
});

test('a link to any run of a thread leads to its place, and from there to every other without loading the page anew', async ({
  fleet,
  open,
}) => {
  const { ids } = await aThread(fleet, ['the first cut', 'the second cut', 'the third cut'], 60);
  const [first = '', , third = ''] = ids;
  const dashboard = await open();
  const { page, conversation } = dashboard;
  await dashboard.enterSession(fleet.key, first);
  await dashboard.inSight('Line 1 on the first cut.');
  await dashboard.inSight(/^the first cut$/);
  await page.evaluate(() => Object.assign(window, { samepage: true }));
  await page
    .getByRole('navigation', { name: 'Thread' })
    .getByRole('link', { name: /third cut/ })
    .click();
  await dashboard.inSight('The end of the third cut.');
  await expect.poll(() => page.url()).toContain(third);
  await page
    .getByRole('navigation', { name: 'Thread' })
    .getByRole('link', { name: /second cut/ })
    .click();
  await dashboard.inSight('Line 1 on the second cut.');
  await page.goto(`/sessions/${first}#e30`);
  await dashboard.inSight('Line 30 on the first cut.');
  await conversation.locator('[data-linked]').getByText('Line 30 on the first cut.').waitFor();
});

test('a follow-up that waits stands at the end of its thread and says why; it alone is cancelled there', async ({
  fleet,
  open,
}) => {
  const { id, held } = await aRunningThread(fleet, 'a long row');
  const dashboard = await open();
  const { page, conversation, hand } = dashboard;
  await dashboard.enterSession(fleet.key, id);
  await conversation.getByText('At a long row.').waitFor();
  await hand.type(page.getByRole('textbox', { name: 'Follow-up' }), 'the row after that');
  await hand.press(page.getByRole('button', { name: 'Send' }));
  await dashboard.inSight('the row after that');
  await conversation.getByText('The session it follows up has not ended yet.').waitFor();
  // What goes on is still there, and goes on.
  await conversation.getByText('At a long row.').waitFor();
  await held.say(assistant('Half of it.'));
  await conversation.getByText('Half of it.').waitFor();
  await expect.poll(() => page.url()).not.toContain(id);
  await hand.press(conversation.getByRole('button', { name: 'Cancel this follow-up' }));
  await conversation.getByText('Cancelled.').waitFor();
  expect(await fleet.run(id)).toMatchObject({ status: 'RUNNING', cancelRequestedAt: null });
  const child = await fleet.run(page.url().split('/').at(-1) ?? '');
  expect(child).toMatchObject({ status: 'CANCELLED', parentRunId: id });
});

test('of a long thread the runs in sight are read, and older ones as one comes to them', async ({
  fleet,
  open,
}) => {
  const prompts = Array.from({ length: 12 }, (_, index) => `pattern ${index + 1}`);
  const { ids } = await aThread(fleet, prompts, 150);
  const dashboard = await open();
  const { page, conversation } = dashboard;
  const read = new Set<string>();
  page.on('request', (request) => {
    const [, id] = /\/runs\/([^/]+)\/events/.exec(request.url()) ?? [];
    if (id) read.add(id);
  });
  await dashboard.enterSession(fleet.key, ids.at(-1) ?? '');
  await dashboard.inSight('The end of pattern 12.');
  await expect.poll(() => read.has(ids[11] ?? '')).toBe(true);
  expect(read.size).toBeLessThanOrEqual(2);
  await page.keyboard.press('t');
  await dashboard.inSight('Line 1 on pattern 1.');
  expect(read.size).toBeLessThanOrEqual(6);
  await page.keyboard.press('e');
  await dashboard.inSight('The end of pattern 12.');
  await conversation.hover();
  await page.mouse.wheel(0, -9_000);
  await expect.poll(() => read.has(ids[10] ?? '')).toBe(true);
});

test('find and copy go through the whole thread', async ({ fleet, open }) => {
  const { ids } = await aThread(fleet, ['the hem', 'the seam'], 40);
  const dashboard = await open({ permissions: ['clipboard-read', 'clipboard-write'] });
  const { page } = dashboard;
  await dashboard.enterSession(fleet.key, ids[1] ?? '');
  await dashboard.inSight('The end of the seam.');
  await page.keyboard.press('/');
  await page.getByRole('searchbox', { name: 'Find in session' }).fill('the end of');
  await page.getByText('2 of 2', { exact: true }).waitFor();
  await page.keyboard.press('Shift+Enter');
  await dashboard.inSight('The end of the hem.');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Copy session as markdown' }).click();
  await page.getByText('The session is copied as markdown').waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toMatch(/# the hem.*The end of the hem\..*# the seam.*The end of the seam\./s);
});

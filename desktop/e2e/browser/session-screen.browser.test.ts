import { describe, expect } from 'vitest';
import { seriousInEveryColour } from './axe.js';
import { type Dashboard, test } from './dashboard.js';
import { hands } from './hand.js';
import { assistant, toolCall } from './said.js';
import { ScriptedRunner, scriptedSession } from './scripted-runner.js';

const wide = { viewport: { width: 1440, height: 900 } };
const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
const table =
  '| what | where | why |\n|---|---|---|\n| the extraordinarily long name of a thing | here | because |';

const bar = ({ page }: Dashboard) => page.getByRole('toolbar', { name: 'Session' });

describe.each(hands)('with the $name alone', (hand) => {
  test('the head says what the session is about and how it stands, and has what can be done with it', async ({
    fleet,
    open,
  }) => {
    const { id, held } = await scriptedSession(fleet, {
      prompt: 'Mend the net\nall of it',
      cwd: '/code/net',
    });
    await held.say(assistant('Mending.'));
    const dashboard = await open({ ...wide, hand, permissions: ['clipboard-read', 'clipboard-write'] });
    const { page } = dashboard;
    await dashboard.enterSession(fleet.key, id);
    await dashboard.heading('Mend the net').waitFor();
    await hand.press(bar(dashboard).getByRole('button', { name: 'Copy link to the session' }));
    await expect
      .poll(() => page.evaluate(() => navigator.clipboard.readText()))
      .toBe(`${fleet.url}/sessions/${id}`);
    await hand.press(bar(dashboard).getByRole('button', { name: 'Follow up' }));
    const field = page.getByRole('textbox', { name: 'Follow-up' });
    await expect.poll(() => field.evaluate((at) => at === document.activeElement)).toBe(true);
    await held.finish({ status: 'FAILED', failure: { code: 'agent_error', message: 'The net tore.' } });
    // On a failure the way on comes first.
    await expect
      .poll(() =>
        bar(dashboard).getByRole('button').or(bar(dashboard).getByRole('link')).first().textContent(),
      )
      .toBe('Launch again');
    await hand.press(bar(dashboard).getByRole('link', { name: 'Launch again' }));
    await dashboard.heading('New session').waitFor();
    await expect
      .poll(() => page.getByLabel('Prompt', { exact: true }).inputValue())
      .toContain('Mend the net');
  });
});

test('prose, cards, tables and the composer end at one edge, and words in a table are not torn', async ({
  fleet,
  open,
}) => {
  const { id, held } = await scriptedSession(fleet, { prompt: 'be tidy', cwd: '/code/tidy' });
  const edit = { file_path: '/code/tidy/a.ts', old_string: 'a', new_string: 'b' };
  await held.say(
    assistant(`${'Some words of prose. '.repeat(20)}\n\n${table}`),
    ...toolCall('Edit a.ts', 'Edit', edit, 'ok'),
  );
  await held.finish({ status: 'SUCCEEDED' });
  const dashboard = await open({ viewport: { width: 1920, height: 1000 } });
  await dashboard.enterSession(fleet.key, id);
  const { page, conversation } = dashboard;
  await conversation.locator('.card').waitFor();
  const rightOf = (selector: string) =>
    page
      .locator(selector)
      .first()
      .evaluate((element) => Math.round(element.getBoundingClientRect().right));
  const edge = await rightOf('.card');
  for (const other of ['.prose', '.prose table', '.composer button'])
    expect([other, await rightOf(other)]).toEqual([other, edge]);
  await page.setViewportSize({ width: 360, height: 740 });
  const torn = await conversation
    .locator('.prose td')
    .first()
    .evaluate((cell) => {
      const range = document.createRange();
      const node = cell.firstChild;
      const text = node?.textContent ?? '';
      const at = text.indexOf('extraordinarily');
      if (!node || at < 0) return 'not there';
      range.setStart(node, at);
      range.setEnd(node, at + 'extraordinarily'.length);
      return range.getClientRects().length;
    });
  expect(torn).toBe(1);
});

test('the note that a session was launched lies neither over its head nor over what is written', async ({
  fleet,
  open,
}) => {
  for (const size of [wide, { viewport: { width: 900, height: 800 } }, phone]) {
    const dashboard = await open(size);
    const { page } = dashboard;
    await dashboard.enter(fleet.key);
    await dashboard.launch('be launched', '/not/anywhere');
    const note = page.getByText('Session launched');
    await note.waitFor();
    const overlaps = await note.evaluate((element) => {
      const box = element.closest('.toast')?.getBoundingClientRect();
      const others = ['.session-head', '.composer', '.thumb-bar', '.section-head'];
      return others.filter((selector) => {
        const other = document.querySelector(selector)?.getBoundingClientRect();
        return box && other && box.top < other.bottom && box.bottom > other.top
          ? box.left < other.right && box.right > other.left
          : false;
      });
    });
    expect(overlaps).toEqual([]);
    await page.getByRole('button', { name: 'Take back' }).click();
    await dashboard.heading('New session').waitFor();
  }
});

test('nothing comes under the pointer that cancelled', async ({ fleet, open }) => {
  const { id, held } = await scriptedSession(fleet, { prompt: 'be stopped', cwd: '/code/stop' });
  await held.say(assistant('On my way.'));
  const dashboard = await open(wide);
  const { page } = dashboard;
  await dashboard.enterSession(fleet.key, id);
  const places = () =>
    bar(dashboard).evaluate((toolbar) =>
      [...toolbar.children]
        .filter((child) => !/Cancel|Stopp/.test(child.getAttribute('aria-label') ?? ''))
        .map((child) => `${child.getAttribute('aria-label')} ${child.getBoundingClientRect().left}`),
    );
  const cancel = page.getByRole('button', { name: 'Cancel session' });
  const box = await cancel.boundingBox();
  const before = await places();
  await cancel.click();
  await page.getByRole('button', { name: 'Stopping…' }).waitFor();
  expect(await places()).toEqual(before);
  await held.finish({ status: 'CANCELLED' });
  await dashboard.conversation.getByText('Cancelled.').waitFor();
  await expect.poll(() => bar(dashboard).getByRole('button', { name: 'Stopping…' }).count()).toBe(0);
  expect(await places()).toEqual(before);
  const under = await page.evaluate(
    ([x, y]) => document.elementFromPoint(x ?? 0, y ?? 0)?.closest('button, a')?.outerHTML,
    [(box?.x ?? 0) + (box?.width ?? 0) / 2, (box?.y ?? 0) + (box?.height ?? 0) / 2],
  );
  expect(under).toBeUndefined();
});

test.for([
  ['that shares it', true],
  ['that keeps it for itself', false],
] as const)(
  'a session that waits for a folder says who has it and since when, and begins beside one %s',
  async ([what, shared], { fleet, open }) => {
    const runner = await ScriptedRunner.connect(fleet.url, fleet.key, { name: `one room ${what}` });
    const place = { cwd: '/code/room', runnerId: runner.id };
    const first = await fleet.launch({ ...place, prompt: 'sit in the room', sharedCwd: shared });
    const holder = await runner.take();
    await holder.ask({ tool: 'Bash', message: 'Bash npm test', input: { command: 'npm test' } });
    const second = await fleet.launch({ ...place, prompt: 'want the room too' });
    const dashboard = await open(wide);
    const { page, conversation, hand } = dashboard;
    await dashboard.enterSession(fleet.key, second.id);
    await conversation
      .getByText(/took the folder .*ago and waits for you|took the folder just now and waits/)
      .waitFor();
    await hand.press(conversation.getByRole('link', { name: 'sit in the room' }));
    await expect.poll(() => page.url()).toContain(first.id);
    await page.goBack();
    expect(await page.getByText('sharedCwd').count()).toBe(0);
    await hand.press(conversation.getByRole('button', { name: 'Start it beside' }));
    const beside = await runner.take();
    expect(beside.run).toMatchObject({ id: second.id, cwd: '/code/room', sharedCwd: true });
    await beside.say(assistant('There is room for two.'));
    await dashboard.inSight('There is room for two.');
    expect(await fleet.run(first.id)).toMatchObject({ status: 'RUNNING', sharedCwd: true });
  },
);

test('on a phone the head is one line with the prompt, what can be done is at the thumb, and nothing is cut', async ({
  fleet,
  open,
}) => {
  const { id, held } = await scriptedSession(fleet, {
    prompt: 'A prompt that is much longer than a phone is wide, as prompts are',
    cwd: '/code/phone',
  });
  await held.say(assistant(`${'Words. '.repeat(40)}\n\n${table}`));
  const dashboard = await open(phone);
  const { page } = dashboard;
  await dashboard.enterSession(fleet.key, id);
  await dashboard.heading(/^A prompt that/).waitFor();
  const found = await page.evaluate(() => {
    const head = document.querySelector('.session-head')?.getBoundingClientRect();
    const bar = document.querySelector('[role=toolbar]')?.getBoundingClientRect();
    const buttons = [...document.querySelectorAll('[role=toolbar] > *')].map((one) =>
      one.getBoundingClientRect(),
    );
    return {
      head: (head?.height ?? 99) < 52,
      bar: (bar?.bottom ?? 0) > innerHeight - 60,
      inside: buttons.every(({ left, right }) => left >= 0 && right <= innerWidth),
      large: buttons.every(({ width, height }) => width >= 40 && height >= 40),
      wide: document.documentElement.scrollWidth <= innerWidth,
    };
  });
  expect(found).toEqual({ head: true, bar: true, inside: true, large: true, wide: true });
  await held.finish({ status: 'SUCCEEDED' });
});

test.for([wide, phone])(
  'axe finds nothing serious on the session screen, light or dark, with %j',
  { timeout: 120_000 },
  async (size, { fleet, open }) => {
    const runner = await ScriptedRunner.connect(fleet.url, fleet.key, { name: 'seen' });
    const { id } = await fleet.launch({
      prompt: 'be seen',
      cwd: '/code/seen',
      runnerId: runner.id,
      sharedCwd: true,
    });
    const held = await runner.take();
    const edit = { file_path: '/code/seen/a.ts', old_string: 'a', new_string: 'b' };
    await held.say(
      assistant(`- [x] done\n- [ ] not done\n\n${table}\n\n\`\`\`ts\nconst a = 1;\n\`\`\``),
      ...toolCall('Edit a.ts', 'Edit', edit, 'ok'),
      ...toolCall(
        'Bash colours',
        'Bash',
        { command: 'colours' },
        '\u001b[38;5;196mred\u001b[0m \u001b[48;5;226myellow\u001b[0m \u001b[7mreverse\u001b[0m \u001b[38;2;90;90;90mgrey',
      ),
    );
    await held.ask({ tool: 'Bash', message: 'Bash npm test', input: { command: 'npm test' } });
    await fleet.followUp(id, 'and go on');
    const dashboard = await open(size);
    const { page, conversation } = dashboard;
    await dashboard.enterSession(fleet.key, id);
    await conversation.getByText('and go on').waitFor();
    await page.evaluate(() => {
      for (const folded of document.querySelectorAll('details')) folded.open = true;
    });
    expect(await seriousInEveryColour(page)).toEqual([]);
  },
);

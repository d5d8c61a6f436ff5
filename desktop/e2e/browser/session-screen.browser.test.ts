import { describe, expect } from 'vitest';
import { seriousInEveryColour } from './axe.js';
import { type Dashboard, test } from './dashboard.js';
import { hands, keyboard } from './hand.js';
import { assistant, toolCall } from './said.js';
import { ScriptedRunner, scriptedSession } from './scripted-runner.js';

const wide = { viewport: { width: 1440, height: 900 } };
const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
const table =
  '| what | where | why |\n|---|---|---|\n| the extraordinarily long name of a thing | here | because |';

const side = ({ page }: Dashboard) => page.getByRole('navigation', { name: 'Sessions' });
const bar = ({ page }: Dashboard) => page.getByRole('toolbar', { name: 'Session' });
const lines = (line: string, many: number) => Array.from({ length: many }, (_, at) => `${line} ${at + 1}`);

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

test('a session that waits for its folder says who has it and since when, and begins beside it where that may be', async ({
  fleet,
  open,
}) => {
  const runner = await ScriptedRunner.connect(fleet.url, fleet.key, { name: 'one room' });
  const place = { cwd: '/code/room', runnerId: runner.id };
  const first = await fleet.launch({ ...place, prompt: 'sit in the room', sharedCwd: true });
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
  await hand.press(conversation.getByRole('button', { name: 'Start it beside' }));
  await expect.poll(() => page.url()).not.toContain(second.id);
  const beside = await runner.take();
  expect(beside.run).toMatchObject({ input: 'want the room too', cwd: '/code/room', sharedCwd: true });
  expect(await fleet.run(second.id)).toMatchObject({ status: 'CANCELLED' });
});

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

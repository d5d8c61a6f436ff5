import { expect } from 'vitest';
import { test } from './dashboard.js';
import { latch } from './latch.js';
import { assistant, toolCall } from './said.js';
import { scriptedSession } from './scripted-runner.js';

const long =
  'joins the orders with their lines, the customers and the history of prices, without an index on any of them';
const table = `| Endpoint | p95 | p99 | Calls | Owner | Why |
|---|--:|--:|--:|---|---|
${Array.from({ length: 6 }, (_, row) => `| \`/api/v2/customers/{customerId}/orders/${row}\` | 188 ms | 782 ms | 52,468 | payments | ${long} |`).join('\n')}`;

test('what waits stands in as many columns as there is room for, and in one on a phone', async ({
  fleet,
  open,
}) => {
  for (const n of ['one', 'two']) {
    const { held } = await scriptedSession(fleet, { prompt: `in columns ${n}`, cwd: '/code/columns' });
    await held.ask({ tool: 'Bash', message: `Bash ${n}`, input: { command: n } });
  }
  const dashboard = await open();
  const { page } = dashboard;
  const entries = page.getByRole('list', { name: 'What is asked' }).locator(':scope > li');
  const columns = async () => {
    await expect.poll(() => entries.count()).toBe(2);
    return new Set(await entries.evaluateAll((all) => all.map((each) => each.getBoundingClientRect().left)))
      .size;
  };
  await page.setViewportSize({ width: 2_560, height: 1_200 });
  await dashboard.signIn(fleet.key, '/sessions?q=in%20columns&waiting=true');
  expect(await columns()).toBe(2);
  await page.setViewportSize({ width: 1_440, height: 900 });
  expect(await columns()).toBe(2);
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await columns()).toBe(1);
});

test('a wide table keeps figures on one line and gives long words room, so that no row is a tower', async ({
  fleet,
  open,
}) => {
  const { id, held } = await scriptedSession(fleet, { prompt: 'measure', cwd: '/code/table' });
  await held.say(assistant(table));
  for (const width of [360, 1_440]) {
    const dashboard = await open({ viewport: { width, height: 900 } });
    await dashboard.enterSession(fleet.key, id);
    const row = dashboard.conversation.getByRole('row').last();
    await row.waitFor();
    const height = (await row.boundingBox())?.height ?? 0;
    const line = await row.evaluate((element) => Number.parseFloat(getComputedStyle(element).lineHeight));
    expect(height).toBeLessThan(line * 7);
    const figure = dashboard.conversation.getByRole('cell', { name: '188 ms' }).last();
    expect((await figure.evaluate((cell) => cell.firstChild && cell.getClientRects().length)) ?? 0).toBe(1);
    expect(await figure.evaluate((cell) => getComputedStyle(cell).whiteSpace)).toBe('nowrap');
  }
});

test('a title, a list and a mark of right-to-left text stand within their column', async ({
  fleet,
  open,
}) => {
  const { id, held } = await scriptedSession(fleet, { prompt: 'מצא את הבאג בטופס', cwd: '/code/rtl' });
  await held.say(assistant('הטופס שולח את התאריך:\n\n1. תיקנתי את הקוד\n2. הרצתי את הבדיקות'));
  const dashboard = await open({ viewport: { width: 1_440, height: 900 } });
  await dashboard.enterSession(fleet.key, id);
  const item = dashboard.conversation.getByRole('listitem').first();
  await item.waitFor();
  const [right, left] = await item.evaluate((element) => {
    const { marginRight, marginLeft } = getComputedStyle(element);
    return [Number.parseFloat(marginRight), Number.parseFloat(marginLeft)];
  });
  // Its number stands in the column, at the side that is read first.
  expect(right).toBeGreaterThan(15);
  expect(left).toBe(0);
  const title = dashboard.heading('מצא את הבאג בטופס');
  const gap = await title.evaluate((element) => {
    const words = document.createRange();
    words.selectNodeContents(element);
    return words.getBoundingClientRect().left - element.getBoundingClientRect().left;
  });
  expect(gap).toBeLessThan(4);
});

test('no tool goes by its name for programs in the palette, nor what waits for a folder by that of a field', async ({
  fleet,
  open,
}) => {
  const first = await scriptedSession(fleet, { prompt: 'plan it', cwd: '/code/plans' });
  await first.held.ask({
    tool: 'ExitPlanMode',
    message: 'ExitPlanMode Move the orders',
    input: { plan: '# Move the orders' },
  });
  await fleet.launch({ prompt: 'after the plan', cwd: '/code/plans', runnerId: first.runner.id });
  const dashboard = await open();
  const { page } = dashboard;
  await dashboard.enter(fleet.key);
  await page.getByText('Another session works in /code/plans.').waitFor();
  expect(await page.getByText('sharedCwd').count()).toBe(0);
  await page.keyboard.press('Control+K');
  await page.getByRole('option', { name: 'Plan: Move the orders' }).waitFor();
  expect(await page.getByText('ExitPlanMode').count()).toBe(0);
});

test('find counts places, not lines, and steps through each of them, also within a box that scrolls', async ({
  fleet,
  open,
}) => {
  const { id, held } = await scriptedSession(fleet, { prompt: 'look for it', cwd: '/code/needles' });
  const rows = Array.from({ length: 400 }, (_, row) => (row % 150 === 10 ? `needle ${row}` : `row ${row}`));
  await held.say(
    assistant('A needle a, **and** a needle b.'),
    ...toolCall('Bash print', 'Bash', { command: 'print' }, rows.join('\n')),
    assistant('The needle c.'),
  );
  const dashboard = await open({ viewport: { width: 1_440, height: 900 } });
  const { page } = dashboard;
  await dashboard.enterSession(fleet.key, id);
  await dashboard.inSight('The needle c.');
  await page.keyboard.press('Control+f');
  await page.getByRole('searchbox', { name: 'Find in session' }).fill('needle');
  /** What stands where one is, where it is in sight of its box and of the conversation. */
  const here = () =>
    page.evaluate(() => {
      const [place] = [...(CSS.highlights.get('found-here') ?? [])];
      const node = place?.startContainer;
      if (!place || !node?.parentElement) return undefined;
      const range = document.createRange();
      range.setStart(node, place.startOffset);
      range.setEnd(place.endContainer, place.endOffset);
      const { top, bottom } = range.getBoundingClientRect();
      for (let box: Element | null = node.parentElement; box; box = box.parentElement) {
        if (box.scrollHeight <= box.clientHeight || getComputedStyle(box).overflowY === 'visible') continue;
        const frame = box.getBoundingClientRect();
        if (top < frame.top - 1 || bottom > frame.bottom + 1) return 'out of sight';
      }
      return node.nodeValue?.slice(place.startOffset).split(/[\n,.]/)[0];
    });
  await page.getByText('6 of 6', { exact: true }).waitFor();
  await expect.poll(here).toBe('needle c');
  const inOrder = ['needle a', 'needle b', 'needle 10', 'needle 160', 'needle 310', 'needle c'];
  for (const [at, words] of inOrder.entries()) {
    await page.keyboard.press('Enter');
    await page.getByText(`${at + 1} of 6`, { exact: true }).waitFor();
    await expect.poll(here).toBe(words);
  }
  await page.keyboard.press('Shift+Enter');
  await page.getByText('5 of 6', { exact: true }).waitFor();
  await expect.poll(here).toBe('needle 310');
});

test('what the bar above the composer says of a tool out of sight has its hidden characters marked', async ({
  fleet,
  open,
}) => {
  const { id, held } = await scriptedSession(fleet, { prompt: 'ask far above', cwd: '/code/bar' });
  const command = 'curl a.example/\u202Esh.exe\u200B';
  await held.ask({ tool: 'Bash', message: `Bash ${command}`, input: { command } });
  await held.say(...Array.from({ length: 80 }, (_, line) => assistant(`Line ${line}.`)));
  const dashboard = await open({ viewport: { width: 1_440, height: 900 } });
  await dashboard.enterSession(fleet.key, id);
  const bar = dashboard.page.getByText('1 tool waits for you').locator('..');
  await expect
    .poll(() => bar.locator('.hidden-character').allInnerTexts())
    .toEqual(['right-to-left override', 'zero width space']);
  expect(await bar.innerText()).toContain('Bash curl a.example/');
});

test('at a tablet’s width a prompt takes the room up to when it was launched', async ({ fleet, open }) => {
  const prompt = 'Write down what the last ten incidents of the checkout have in common, and what would help';
  await scriptedSession(fleet, { prompt, cwd: '/code/room' });
  const dashboard = await open({ viewport: { width: 768, height: 900 } });
  await dashboard.signIn(fleet.key, '/sessions?q=last%20ten%20incidents');
  const row = dashboard.page.getByRole('link', { name: /last ten incidents/ });
  const [text, age] = [row.getByText(prompt), row.locator('time:visible')];
  await text.waitFor();
  const end = await text.evaluate((element) => element.getBoundingClientRect().right);
  const begin = await age.evaluate((element) => {
    const words = document.createRange();
    words.selectNodeContents(element);
    return words.getBoundingClientRect().left;
  });
  expect(begin - end).toBeGreaterThan(0);
  expect(begin - end).toBeLessThan(100);
});

test('a list that was closed before anything was known for it stays closed', async ({ fleet, open }) => {
  const slow = latch();
  const cwd = '/code/known';
  await scriptedSession(fleet, { prompt: 'known', cwd }, { directories: ['/code'] });
  const dashboard = await open();
  const { page } = dashboard;
  await dashboard.enter(fleet.key);
  await page.route(/\/api\/v1\/(runs|runners)\b/, async (route) => {
    await slow.opened;
    await route.continue();
  });
  await page.goto('/sessions/new');
  const field = page.getByLabel('Folder', { exact: true });
  await field.click();
  await page.keyboard.press('Escape');
  const known = page.waitForResponse(/\/api\/v1\/runs\?limit=100/);
  slow.open();
  await (await known).finished();
  // Two frames: what came is drawn.
  await page.evaluate(
    () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
  );
  expect(await page.getByRole('option', { name: cwd }).count()).toBe(0);
  await field.click();
  await page.getByRole('option', { name: cwd }).first().waitFor();
});

test('on a phone long names of machines end within their place, and push out neither each other nor a folder', async ({
  fleet,
  open,
}) => {
  const hostname = `build-${'a'.repeat(200)}.example`;
  const { id, runner, held } = await scriptedSession(
    fleet,
    { prompt: 'on a machine with a long name', cwd: '/code/of-long-names' },
    { name: `nightly-${'b'.repeat(80)}`, hostname },
  );
  const tokens = { inputTokens: 1_000, outputTokens: 200, cacheReadTokens: 0, cacheCreationTokens: 0 };
  const byModel = { opus: { ...tokens, costUsd: 0.3 }, haiku: { ...tokens, costUsd: 0.1 } };
  await held.finish({ status: 'SUCCEEDED', result: 'Done.', costUsd: 0.4, usage: { ...tokens, byModel } });
  const dashboard = await open({ viewport: { width: 360, height: 740 } });
  const { page } = dashboard;
  await dashboard.enter(fleet.key);
  for (const path of ['/runners', `/runners/${runner.id}`, '/sessions?q=long%20name', `/sessions/${id}`]) {
    await page.goto(fleet.url + path);
    await page
      .getByText(path === '/runners' || path.includes(runner.id) ? hostname : /long name/)
      .first()
      .waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    expect(await page.evaluate(() => document.querySelector('main')?.scrollWidth ?? 0)).toBeLessThanOrEqual(
      360,
    );
  }
  await page.goto(`${fleet.url}/sessions?q=long%20name`);
  const folder = page.getByRole('link').getByText('/code/of-long-names').filter({ visible: true });
  await folder.waitFor();
  const box = await folder.boundingBox();
  expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(360);
  expect(box?.width).toBeGreaterThan(60);
});

test('a table that would be millions of cells is shown as it was written', async ({ fleet, open }) => {
  const wide = '|a'.repeat(400);
  const { id, held } = await scriptedSession(fleet, { prompt: 'make a wide table', cwd: '/code/wide' });
  await held.say(assistant(`${wide}|\n${'|-'.repeat(400)}|\n${'b\n'.repeat(1_500)}`));
  const dashboard = await open({ viewport: { width: 1_440, height: 900 } });
  await dashboard.enterSession(fleet.key, id);
  await dashboard.conversation.getByText(wide.slice(0, 200)).waitFor();
  expect(await dashboard.conversation.getByRole('cell').count()).toBe(0);
});

import { text } from 'node:stream/consumers';
import type { Page } from 'playwright-core';
import { describe, expect } from 'vitest';
import type { Fleet } from '../../../runner-core/e2e/fleet.js';
import { test } from './dashboard.js';
import { hands, keyboard } from './hand.js';
import { keyWith } from './key-with.js';
import { ScriptedRunner } from './scripted-runner.js';

const tokens = { inputTokens: 1_000, outputTokens: 200, cacheReadTokens: 0, cacheCreationTokens: 0 };

/** A session of today that cost something. */
async function spend(fleet: Fleet, costUsd: number, label: string): Promise<void> {
  const runner = await ScriptedRunner.connect(fleet.url, fleet.key, { name: 'counting-house' });
  const place = { cwd: '/code/counted', runnerId: runner.id, sharedCwd: true };
  await fleet.launch({ prompt: 'cost something', labels: [label], ...place });
  const held = await runner.take();
  await held.finish({
    status: 'SUCCEEDED',
    costUsd,
    usage: { ...tokens, byModel: { 'claude-sonnet-4-5': { ...tokens, costUsd } } },
  });
}

/** Whether anything in the chart has a colour: words, lines and paper are as good as grey. */
const hasColour = (page: Page) =>
  page.locator('canvas').evaluate((canvas: HTMLCanvasElement) => {
    const { data } = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] };
    for (let at = 0; at < data.length; at += 4) {
      const [red = 0, green = 0, blue = 0, alpha = 0] = data.slice(at, at + 4);
      if (alpha > 200 && Math.max(red, green, blue) - Math.min(red, green, blue) > 60) return true;
    }
    return false;
  });

test('where nothing was used yet, it says what will stand there', async ({ fleet, open }) => {
  const dashboard = await open();
  await dashboard.enter(fleet.key);
  await dashboard.go('Usage');
  await dashboard.page.getByText('Nothing was used in this time').waitFor();
  await dashboard.page.getByRole('link', { name: 'Launch one' }).click();
  await dashboard.heading('New session').waitFor();
});

describe.each(hands)('with the $name alone', (hand) => {
  test('usage is told by day and by group, leads to its sessions, and is taken away as CSV', async ({
    fleet,
    open,
  }) => {
    const label = `bill-${hand.name}`;
    await spend(fleet, 1.25, label);
    const dashboard = await open({ hand });
    const { page } = dashboard;
    await dashboard.enter(fleet.key);
    await dashboard.go('Usage');
    await hand.press(page.getByRole('button', { name: 'Label', exact: true }));
    await expect.poll(() => page.url()).toContain('by=label');
    const row = page.getByRole('row', { name: new RegExp(label) });
    await row.getByText('$1.25').waitFor();

    const chart = page.getByRole('slider', { name: 'Day' });
    await expect.poll(() => chart.getAttribute('aria-valuetext')).toMatch(/^In all: .*\$1\.25/);
    if (hand === keyboard) {
      await keyboard.focus(chart);
      await page.keyboard.press('End');
      await expect.poll(() => chart.getAttribute('aria-valuetext')).toMatch(/^[A-Z]\w+ \d+: .*\$1\.25/);
      await page.keyboard.press('ArrowLeft');
      await expect.poll(() => chart.getAttribute('aria-valuetext')).toContain(`${label} $0`);
      await page.keyboard.press('Escape');
    } else {
      const box = await page.locator('canvas').boundingBox();
      if (!box) throw new Error('The chart has no place');
      await page.mouse.move(box.x + box.width - 8, box.y + box.height / 2);
      await expect.poll(() => chart.getAttribute('aria-valuetext')).toMatch(/^[A-Z]\w+ \d+: .*\$1\.25/);
      await page.mouse.move(0, 0);
    }
    await expect.poll(() => chart.getAttribute('aria-valuetext')).toMatch(/^In all/);

    await hand.press(page.getByRole('button', { name: 'Year', exact: true }));
    await expect.poll(() => page.url()).toContain('days=365');
    await expect.poll(() => hasColour(page), { message: 'a bar in its colour, however thin' }).toBe(true);

    const coming = page.waitForEvent('download');
    await hand.press(page.getByRole('button', { name: 'Export CSV' }));
    const file = await coming;
    expect(file.suggestedFilename()).toMatch(/^agentfleet-usage-label-\d{4}-\d\d-\d\d\.csv$/);
    const [head, ...lines] = (await text(await file.createReadStream())).split('\r\n');
    expect(head).toBe(
      'day,label,sessions,cost_usd,input_tokens,output_tokens,cache_read_tokens,cache_creation_tokens',
    );
    expect(lines).toContainEqual(
      expect.stringMatching(new RegExp(`^[-\\d]{10},${label},1,1.25,1000,200,0,0$`)),
    );

    await hand.press(row.getByRole('link', { name: label }));
    await page.getByRole('list', { name: 'Sessions' }).getByText('cost something').waitFor();
    await expect.poll(() => new URL(page.url()).searchParams.get('label')).toBe(label);
  });
});

test('today and this month stand first, each day has its figure by its bar, and keys are told apart', async ({
  fleet,
  open,
}) => {
  const key = await keyWith(fleet, ['runs:write'], 'nightly job');
  const runner = await ScriptedRunner.connect(fleet.url, fleet.key, { name: 'mint' });
  const body = { prompt: 'cost something', cwd: '/code/mint', runnerId: runner.id, labels: ['one', 'two'] };
  await fetch(`${fleet.url}/api/v1/runs`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const usage = { ...tokens, byModel: { 'claude-sonnet-4-5': { ...tokens, costUsd: 40 } } };
  await (await runner.take()).finish({ status: 'SUCCEEDED', costUsd: 40, usage });
  const dashboard = await open();
  const { page } = dashboard;
  await dashboard.signIn(fleet.key, '/usage?by=key&days=7');
  const figure = (name: string) =>
    page
      .locator('dl > div')
      .filter({ has: page.getByText(name, { exact: true }) })
      .locator('dd')
      .first()
      .innerText();
  const row = page.getByRole('row', { name: /nightly job/ });
  await row.getByText('$40.00').waitFor();
  const today = await figure('Today');
  expect(Number(today.slice(1))).toBeGreaterThanOrEqual(40);
  expect(await figure('This month')).toBe(today);
  expect(await page.getByText('Cost a session').count()).toBe(0);
  const chart = page.getByRole('slider', { name: 'Day' });
  await chart.getByText(today, { exact: true }).first().waitFor();

  // A session with two labels counts under each: what stands above is what there was.
  await page.getByRole('button', { name: 'Label', exact: true }).click();
  await page.getByRole('row', { name: /^two/ }).waitFor();
  await expect
    .poll(() => chart.getAttribute('aria-valuetext'))
    .toMatch(/one \$40.*two \$40|two \$40.*one \$40/);
  await chart.getByText(today, { exact: true }).first().waitFor();
});

test('where the browser’s language is that of a POSIX locale, the chart is drawn all the same', async ({
  fleet,
  open,
}) => {
  await spend(fleet, 0.5, 'posix');
  const dashboard = await open();
  const { page } = dashboard;
  // What Chromium says where the system's locale is POSIX; no profile can be set to it.
  await page.addInitScript(() => {
    const get = () => 'en-US@posix';
    Object.defineProperty(Navigator.prototype, 'language', { configurable: true, get });
    Object.defineProperty(Navigator.prototype, 'languages', { configurable: true, get: () => [get()] });
  });
  await dashboard.signIn(fleet.key, '/usage?by=label');
  await page.getByRole('row', { name: /posix/ }).waitFor();
  await page.locator('canvas').waitFor();
  await expect.poll(() => hasColour(page)).toBe(true);
  expect(await page.getByText('The chart could not be drawn').count()).toBe(0);
});

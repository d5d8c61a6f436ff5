import { mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { seriousInEveryColour } from './axe.js';
import { type Dashboard, test } from './dashboard.js';
import { type Hand, hands, keyboard } from './hand.js';
import { ScriptedRunner } from './scripted-runner.js';

const field = ({ page }: Dashboard) => page.getByLabel('Folder', { exact: true });
const panel = ({ page }: Dashboard) => page.getByRole('region', { name: 'Folders on home-desktop' });
const rowOf = (dashboard: Dashboard, name: string | RegExp) =>
  panel(dashboard).getByRole('list').getByRole('button', { name });
const browse = ({ page }: Dashboard) => page.getByRole('button', { name: 'Browse folders' });

/** Walks into a folder of the list. */
async function into(hand: Hand, dashboard: Dashboard, name: string): Promise<void> {
  const row = rowOf(dashboard, name);
  await row.waitFor();
  if (hand.name !== keyboard.name) return hand.press(row);
  const rows = panel(dashboard).getByRole('list').getByRole('button');
  await keyboard.focus(rows.first());
  while (!(await row.evaluate((at) => at === document.activeElement)))
    await dashboard.page.keyboard.press('ArrowDown');
  await dashboard.page.keyboard.press('Enter');
}

describe.each(hands)('with the $name alone', (hand) => {
  test('one walks into the folders that are really there, and the form has where one is', async ({
    fleet,
    open,
  }) => {
    const [shop, away] = [`shop-${hand.name}`, `away-${hand.name}`];
    await mkdir(join(fleet.allowed, shop, 'web', '.git'), { recursive: true });
    await mkdir(join(fleet.allowed, shop, '.config'), { recursive: true });
    await symlink(fleet.home, join(fleet.allowed, shop, away), 'junction');
    const dashboard = await open({ hand });
    const { page } = dashboard;
    await dashboard.signIn(fleet.key, '/sessions/new');
    await page.getByLabel('Prompt', { exact: true }).waitFor();
    await hand.type(field(dashboard), fleet.allowed);
    await page.keyboard.press('Escape');
    await hand.press(browse(dashboard));
    await into(hand, dashboard, shop);
    await expect.poll(() => field(dashboard).inputValue()).toBe(join(fleet.allowed, shop));
    await rowOf(dashboard, 'web repository').waitFor();
    expect(await rowOf(dashboard, away).count()).toBe(0);
    expect(await rowOf(dashboard, '.config').count()).toBe(0);
    await hand.tick(page.getByLabel('Hidden ones'));
    await rowOf(dashboard, '.config').waitFor();
    await into(hand, dashboard, 'web repository');
    await rowOf(dashboard, '.git').waitFor();
    await into(hand, dashboard, 'Up');
    await expect.poll(() => field(dashboard).inputValue()).toBe(join(fleet.allowed, shop));
    await into(hand, dashboard, 'web repository');
    await expect.poll(() => field(dashboard).inputValue()).toBe(join(fleet.allowed, shop, 'web'));
    await page.getByText(/Starts at once on home-desktop/).waitFor();
  });
});

test('arrows go through the list, into a folder and out of it, words narrow it, and Escape leads back', async ({
  fleet,
  open,
}) => {
  for (const name of ['arrows/one/inner', 'arrows/two', 'arrows/three'])
    await mkdir(join(fleet.allowed, name), { recursive: true });
  const dashboard = await open({ hand: keyboard });
  const { page } = dashboard;
  await dashboard.signIn(fleet.key, '/sessions/new');
  await keyboard.type(field(dashboard), join(fleet.allowed, 'arrows'));
  await page.keyboard.press('Escape');
  await keyboard.press(browse(dashboard));
  await rowOf(dashboard, 'two').waitFor();
  await keyboard.type(page.getByLabel('Narrow the folders'), 'ON');
  await expect
    .poll(() => panel(dashboard).getByRole('list').getByRole('button').allInnerTexts())
    .toEqual(['Up', 'one']);
  const focused = (name: string) =>
    expect.poll(() => rowOf(dashboard, name).evaluate((row) => row === document.activeElement)).toBe(true);
  await page.keyboard.press('ArrowDown');
  await focused('Up');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowRight');
  await rowOf(dashboard, 'inner').waitFor();
  await focused('Up');
  expect(await field(dashboard).inputValue()).toBe(join(fleet.allowed, 'arrows', 'one'));
  await page.keyboard.press('ArrowLeft');
  await rowOf(dashboard, 'three').waitFor();
  await page.keyboard.press('End');
  await focused('two');
  await page.keyboard.press('Escape');
  expect(await panel(dashboard).count()).toBe(0);
  await expect.poll(() => browse(dashboard).evaluate((at) => at === document.activeElement)).toBe(true);
});

test('on a phone, and in light and dark, it is whole and accessible', async ({ fleet, open }) => {
  const long = 'a-folder-with-a-name-that-goes-on-and-on-as-generated-ones-do-0123456789';
  await mkdir(join(fleet.allowed, long, '.git'), { recursive: true });
  const dashboard = await open({ viewport: { width: 360, height: 740 } });
  const { page } = dashboard;
  await dashboard.signIn(fleet.key, '/sessions/new');
  await page.getByLabel('Prompt', { exact: true }).waitFor();
  await field(dashboard).fill(fleet.allowed);
  await page.keyboard.press('Escape');
  await browse(dashboard).click();
  await rowOf(dashboard, `${long} repository`).waitFor();
  const width = () => page.evaluate(() => document.documentElement.scrollWidth);
  expect(await width()).toBe(360);
  expect(await seriousInEveryColour(page)).toEqual([]);
});

test('a folder that has gone is told of, the allowed ones are a press away, and any can still be typed', async ({
  fleet,
  open,
}) => {
  await mkdir(join(fleet.allowed, 'brief'), { recursive: true });
  const dashboard = await open();
  const { page, watch } = dashboard;
  watch.expectFault(/404/);
  await dashboard.signIn(fleet.key, '/sessions/new');
  await page.getByLabel('Prompt', { exact: true }).waitFor();
  await field(dashboard).fill(fleet.allowed);
  await browse(dashboard).click();
  await rowOf(dashboard, 'brief').waitFor();
  await rm(join(fleet.allowed, 'brief'), { recursive: true });
  await rowOf(dashboard, 'brief').click();
  await page.getByText(/is no directory that exists on this runner/).waitFor();
  await page.getByText('The field above takes any folder all the same.').waitFor();
  await page.getByRole('button', { name: 'To the allowed folders' }).click();
  await rowOf(dashboard, fleet.allowed).waitFor();
});

test('a runner that says nothing is told of, and the form works as it did', async ({ fleet, open }) => {
  const silent = await ScriptedRunner.connect(fleet.url, fleet.key, {
    name: 'silent',
    directories: ['/silent'],
  });
  const leave = silent.stay(1_000);
  const dashboard = await open();
  const { page, watch } = dashboard;
  watch.expectFault(/504/);
  await dashboard.signIn(fleet.key, '/sessions/new');
  await page.getByLabel('Runner', { exact: true }).selectOption({ label: 'silent' });
  await browse(dashboard).click();
  await page.getByText('The runner did not answer in time. Try again').waitFor({ timeout: 10_000 });
  await field(dashboard).fill('/silent/typed');
  await page.getByText(/Starts at once on silent/).waitFor();
  leave();
});

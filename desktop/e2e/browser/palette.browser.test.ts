import { expect } from 'vitest';
import { seriousViolations } from './axe.js';
import { type Dashboard, test } from './dashboard.js';
import { latch } from './latch.js';

const promptField = ({ page }: Dashboard) => page.getByLabel('Prompt', { exact: true });
const palette = ({ page }: Dashboard) => page.getByRole('dialog', { name: 'Search and commands' });

test('what is typed before the palette is there is not lost, and does nothing to the screen behind it', async ({
  fleet,
  open,
}) => {
  const slow = latch();
  const dashboard = await open();
  const { page } = dashboard;
  await page.route('**/command-palette*.js', async (route) => {
    await slow.opened;
    await route.continue();
  });
  await dashboard.enter(fleet.key);
  await page.keyboard.press('ControlOrMeta+K');
  // n alone would open the form for a session.
  await page.keyboard.type('runnerss');
  await page.keyboard.press('Backspace');
  slow.open();
  await expect.poll(() => palette(dashboard).getByRole('combobox').inputValue()).toBe('runners');
  expect(new URL(page.url()).pathname).toBe('/sessions');
});

test('what is typed while the palette is being drawn stands in it', async ({ fleet, open }) => {
  const dashboard = await open();
  const { page } = dashboard;
  await dashboard.enter(fleet.key);
  const fetched = page.waitForResponse('**/command-palette*.js');
  await page.mouse.move(200, 200);
  await (await fetched).finished();
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: 20 });
  await page.keyboard.press('ControlOrMeta+K');
  // One by one, so that some of them arrive at every stage.
  for (const key of 'runners') await page.keyboard.press(key);
  await palette(dashboard).getByRole('combobox').waitFor();
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: 1 });
  await expect.poll(() => palette(dashboard).getByRole('combobox').inputValue()).toBe('runners');
});

async function openPalette(dashboard: Dashboard, typed: string) {
  await dashboard.page.keyboard.press('ControlOrMeta+K');
  const field = palette(dashboard).getByRole('combobox');
  await expect.poll(() => field.evaluate((at) => at === document.activeElement)).toBe(true);
  await dashboard.page.keyboard.type(typed);
}

test('the palette finds sessions, screens, runners and actions, and axe finds nothing in it', async ({
  fleet,
  open,
}) => {
  const mark = `p${Math.random().toString(36).slice(2)}`;
  const { id } = await fleet.launch({ prompt: `${mark} in the palette`, cwd: '/no/palette' });
  const dashboard = await open();
  const { page } = dashboard;
  await dashboard.enter(fleet.key);
  await openPalette(dashboard, mark);
  await palette(dashboard)
    .getByRole('option', { name: new RegExp(mark) })
    .waitFor();
  expect(await seriousViolations(page)).toEqual([]);
  await page.keyboard.press('Enter');
  await expect.poll(() => page.url()).toContain(id);
  await openPalette(dashboard, 'cancel this');
  await palette(dashboard).getByRole('option', { name: 'Cancel this session' }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByText('Cancelled').first().waitFor();
  await page.getByRole('button', { name: 'Launch again' }).click();
  await dashboard.heading('New session').waitFor();
  await expect.poll(() => promptField(dashboard).inputValue()).toBe(`${mark} in the palette`);
  await openPalette(dashboard, 'home-desk');
  await palette(dashboard)
    .getByRole('option', { name: /home-desktop/ })
    .click();
  await dashboard.heading('home-desktop').waitFor();
  await openPalette(dashboard, 'theme dark');
  await palette(dashboard).getByRole('option', { name: 'Theme: dark' }).waitFor();
  await page.keyboard.press('Enter');
  await expect.poll(() => page.evaluate(() => document.documentElement.dataset.theme)).toBe('dark');
  await openPalette(dashboard, 'nothing is called like this');
  await palette(dashboard).getByText('Nothing is called that').waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await expect.poll(() => palette(dashboard).count()).toBe(0);
});

import { text } from 'node:stream/consumers';
import { describe, expect } from 'vitest';
import { everyViolation } from './axe.js';
import { test } from './dashboard.js';
import { hands } from './hand.js';
import { keyWith } from './key-with.js';

describe.each(hands)('with the $name alone', (hand) => {
  test('the trail says who did what, is narrowed by it, leads there and is taken away as CSV', async ({
    fleet,
    open,
  }) => {
    const mark = `by-${hand.name}`;
    const run = await fleet.launch({ prompt: 'a secret prompt', cwd: '/nobody/has/it' });
    await keyWith(fleet, ['runs:read'], `=${mark}`);
    const dashboard = await open({ hand });
    const { page } = dashboard;
    await dashboard.enter(fleet.key);
    await dashboard.go('Settings');
    await hand.press(page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name: 'Audit' }));
    await dashboard.heading('Audit').waitFor();
    const list = page.getByRole('region', { name: 'What was done' });
    const made = list.getByRole('listitem').filter({ hasText: mark });
    await made.getByText('Made a key').waitFor();
    await made.getByText('scopes runs:read').waitFor();
    await list.getByText('Signed in a browser').first().waitFor();
    expect(await list.textContent()).not.toContain('secret');

    await page.getByLabel('What was done', { exact: true }).first().selectOption('Launched a session');
    await expect.poll(() => page.url()).toContain('action=run.launch');
    await expect.poll(() => list.getByText('Made a key').count()).toBe(0);
    const launched = list.getByRole('listitem').filter({ hasText: run.id });
    await hand.press(launched.getByRole('button', { name: `History of ${run.id}` }));
    await expect.poll(() => list.getByRole('listitem').count()).toBe(1);
    const taken = page.waitForEvent('download');
    await hand.press(page.getByRole('button', { name: 'Export CSV' }));
    const file = await taken;
    expect(file.suggestedFilename()).toBe('agentfleet-audit.csv');
    const lines = (await text(await file.createReadStream())).trimEnd().split('\r\n');
    expect(lines).toHaveLength(2);
    expect(lines[1]).toContain(`run.launch,key,`);

    await hand.press(page.getByRole('button', { name: /^Done to clr.*show all again$/ }));
    await expect.poll(() => page.url()).not.toContain('subject=');
    await page.goto(`/settings/audit?subject=${run.id}`);
    await hand.press(list.getByRole('link', { name: run.id }));
    await expect.poll(() => page.url()).toContain(`/sessions/${run.id}`);
  });
});

test('a trail that is long is read page by page, and one that nothing fits says so', async ({
  fleet,
  open,
}) => {
  for (let many = 0; many < 60; many += 1) await fleet.launch({ prompt: 'x', cwd: '/nobody/has/it' });
  const dashboard = await open();
  const { page } = dashboard;
  await dashboard.enter(fleet.key);
  await page.goto('/settings/audit?action=run.launch');
  const entries = page.getByRole('region', { name: 'What was done' }).getByRole('listitem');
  await expect.poll(() => entries.count()).toBe(50);
  await page.getByRole('button', { name: 'Earlier ones' }).click();
  await expect.poll(() => entries.count()).toBeGreaterThanOrEqual(60);
  await page.goto('/settings/audit?action=org.delete');
  await page.getByText('Nothing fits').waitFor();
});

test('who is no admin is told that, and sees nothing of it', async ({ fleet, open }) => {
  const reader = await keyWith(fleet, ['runs:read'], 'reader');
  const dashboard = await open();
  await dashboard.enter(reader);
  await dashboard.page.goto('/settings/audit');
  await dashboard.page.getByText('This key may not see who did what').waitFor();
});

test('axe finds nothing on it in light and in dark, on a phone neither, and it is no wider than the screen', async ({
  fleet,
  open,
}) => {
  await keyWith(fleet, ['runs:read'], `a-key-with-${'a-very-long-name-'.repeat(4)}`);
  for (const viewport of [
    { width: 360, height: 740 },
    { width: 1440, height: 900 },
  ]) {
    const dashboard = await open({ viewport });
    const { page } = dashboard;
    await dashboard.enter(fleet.key);
    await page.goto('/settings/audit?actor=operator');
    await page.getByText('Nothing fits').waitFor();
    expect(await everyViolation(page)).toEqual([]);
    await page.goto('/settings/audit');
    await page.getByRole('listitem').getByText('Made a key').first().waitFor();
    expect(await everyViolation(page)).toEqual([]);
    const wide = await page.evaluate(() => {
      const main = document.querySelector('main');
      return main ? main.scrollWidth - main.clientWidth : 0;
    });
    expect(wide).toBeLessThanOrEqual(0);
  }
});

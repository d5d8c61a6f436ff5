import { expect } from 'vitest';
import { behindItsBack } from './behind-its-back.js';
import { test } from './dashboard.js';
import { wireOf } from './wire.js';

const hourMs = 3_600_000;
const lists = ['runs', 'runners', 'queue', 'approvals', 'stream'];

test('a page that is loaded asks for each list once', async ({ fleet, open }) => {
  const dashboard = await open();
  await dashboard.enter(fleet.key);
  const wire = await wireOf(dashboard.page);
  // What the page that was there asks for, and looks at again since it changes, is not the loaded one's.
  for (let seen = -1; seen < wire.asked().length; await dashboard.page.waitForTimeout(3_000))
    seen = wire.asked().length;
  wire.reset();
  await dashboard.page.reload();
  await dashboard.heading('Sessions').waitFor();
  await dashboard.page.waitForTimeout(5_000);
  for (const list of lists) {
    const asked = wire.asked().filter((one) => new RegExp(`^GET /api/v1/${list}(\\?|$)`).test(one));
    expect(asked, wire.asked().join('\n')).toHaveLength(1);
  }
});

test('a tab that nobody touches takes less than a megabyte an hour, with fifty sessions in it', async ({
  fleet,
  open,
}) => {
  // Where no runner takes them.
  for (let nth = 0; nth < 50; nth += 1) await fleet.launch({ prompt: `idle ${nth}`, cwd: `/nobody/${nth}` });
  const dashboard = await open();
  await dashboard.enter(fleet.key);
  await dashboard.page.getByText('idle 49', { exact: true }).waitFor();
  await dashboard.page.waitForTimeout(3_000);
  const wire = await wireOf(dashboard.page);
  const began = performance.now();
  await dashboard.page.waitForTimeout(20_000);
  const hour = (wire.bytes() / (performance.now() - began)) * hourMs;
  expect(hour, JSON.stringify(wire.largest())).toBeLessThan(1_000_000);
});

test('what changes elsewhere is on the screen at once, and costs no second look at the rest', async ({
  fleet,
  open,
}) => {
  const dashboard = await open();
  await dashboard.enter(fleet.key);
  const { page } = dashboard;
  await page.waitForTimeout(2_000);
  const wire = await wireOf(page);
  const { id } = await fleet.launch({ prompt: 'from elsewhere', cwd: '/nobody/elsewhere' });
  await page.getByText('from elsewhere', { exact: true }).waitFor({ timeout: 5_000 });
  const headers = { authorization: `Bearer ${fleet.key}` };
  await fetch(`${fleet.url}/api/v1/runs/${id}/cancel`, { method: 'POST', headers });
  const row = page
    .getByRole('list', { name: 'Sessions' })
    .getByRole('listitem')
    .filter({ hasText: 'from elsewhere' });
  await expect.poll(() => row.textContent(), { timeout: 5_000 }).toContain('Cancelled');
  const whole = wire.asked().filter((one) => /\/api\/v1\/runs\?/.test(one) && !one.includes('ids='));
  expect(whole).toEqual([]);
  expect(wire.bytes()).toBeLessThan(20_000);
});

test('a page catches up by itself when the server was away, however much it missed', async ({
  fleet,
  open,
}) => {
  const { id } = await fleet.launch({ prompt: 'before the night', cwd: '/nobody/night' });
  const dashboard = await open();
  await dashboard.enter(fleet.key);
  const { page, watch } = dashboard;
  watch.expectFault(/Failed to load resource|ERR_/);
  const row = page
    .getByRole('list', { name: 'Sessions' })
    .getByRole('listitem')
    .filter({ hasText: 'before the night' });
  await row.waitFor();
  await behindItsBack(fleet, id, "UPDATE runs SET status = 'CANCELLED', finished_at = now() WHERE id = $1");
  await expect.poll(() => row.textContent(), { timeout: 20_000 }).toContain('Cancelled');
});

test('a tab that is out of sight gives up its streams, and has what it missed once it is seen', async ({
  fleet,
  open,
}) => {
  const dashboard = await open();
  await dashboard.enter(fleet.key);
  const { page } = dashboard;
  const see = (visibilityState: string) =>
    page.evaluate((state) => {
      Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
      Object.defineProperty(document, 'hidden', { value: state === 'hidden', configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }, visibilityState);
  const viewers = async () => {
    const text = await (await fetch(`${fleet.url}/metrics`)).text();
    return Number(/^agentfleet_viewers (\d+)$/m.exec(text)?.[1]);
  };
  // Pages of the tests before are gone, and this one's stream is open.
  await expect.poll(viewers).toBe(1);
  await see('hidden');
  await expect.poll(viewers, { timeout: 20_000 }).toBe(0);
  await fleet.launch({ prompt: 'while nobody looked', cwd: '/nobody/looked' });
  await see('visible');
  await page.getByText('while nobody looked', { exact: true }).waitFor({ timeout: 5_000 });
  await expect.poll(viewers).toBe(1);
});

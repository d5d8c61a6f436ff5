import { describe, expect } from 'vitest';
import type { Fleet } from '../../../runner-core/e2e/fleet.js';
import { text } from '../../../runner-core/e2e/model-server.js';
import { behindItsBack } from './behind-its-back.js';
import { type Dashboard, test } from './dashboard.js';
import { hands } from './hand.js';

/** What a browser itself says about a server that is away. */
const unreachable = /net::ERR_/;

/** Sessions that wait for a runner nobody has, so that they stay as they are. */
async function waiting(fleet: Fleet, ...sessions: { prompt: string; cwd: string; labels?: string[] }[]) {
  const ids = [];
  for (const session of sessions) ids.push((await fleet.launch(session)).id);
  return ids;
}

const rows = ({ page }: Dashboard) => page.getByRole('list', { name: 'Sessions' }).getByRole('listitem');
const searchField = ({ page }: Dashboard) => page.getByLabel('Search prompts and results');

describe.each(hands)('with the $name alone', (hand) => {
  test('the list is narrowed by status, text, folder and label, and the address keeps it', async ({
    fleet,
    open,
  }) => {
    const mark = `m${Math.random().toString(36).slice(2)}`;
    const [first] = await waiting(
      fleet,
      { prompt: `${mark} paint`, cwd: '/no/paint', labels: [`${mark}-art`] },
      { prompt: `${mark} measure`, cwd: '/no/measure', labels: [`${mark}-craft`] },
      { prompt: `${mark} saw`, cwd: `/no/${mark}` },
      { prompt: 'something else', cwd: '/no/else' },
    );
    await fleet.request('POST', `/runs/${first}/cancel`, {});
    const dashboard = await open({ hand });
    const { page } = dashboard;
    await dashboard.enter(fleet.key);
    await hand.type(searchField(dashboard), mark);
    await expect.poll(() => rows(dashboard).count()).toBe(3);
    await hand.press(page.getByRole('button', { name: 'Cancelled', exact: true }));
    await expect.poll(() => rows(dashboard).count()).toBe(1);
    await rows(dashboard).getByText(`${mark} paint`).waitFor();
    await expect.poll(() => page.url()).toContain(`status=CANCELLED&q=${mark}`);
    await page.reload();
    await expect.poll(() => rows(dashboard).count()).toBe(1);
    await hand.press(page.getByRole('button', { name: 'Clear' }));
    await expect.poll(() => rows(dashboard).count()).toBeGreaterThanOrEqual(3);
    await expect.poll(() => page.url()).not.toContain('?');
    await hand.select(page.getByRole('combobox', { name: 'Label' }), `${mark}-craft`);
    await expect.poll(() => rows(dashboard).count()).toBe(1);
    await rows(dashboard).getByText(`${mark} measure`).waitFor();
    await hand.press(page.getByRole('button', { name: 'Clear' }));
    await expect.poll(() => rows(dashboard).count()).toBeGreaterThanOrEqual(3);
    await hand.select(page.getByRole('combobox', { name: 'Folder' }), `/no/${mark}`);
    await expect.poll(() => rows(dashboard).count()).toBe(1);
    await rows(dashboard).getByText(`${mark} saw`).waitFor();
    await expect.poll(() => new URL(page.url()).searchParams.get('cwd')).toBe(`/no/${mark}`);
  });

  test('the sessions of a thread stand together, and unfold', async ({ fleet, model, open }) => {
    model.says(() => [text('Said.')]);
    const first = await fleet.launch({ prompt: `begin with the ${hand.name}` });
    await fleet.ended(first.id);
    const second = await fleet.followUp(first.id, `go on with the ${hand.name}`);
    await fleet.ended(second.id);
    const dashboard = await open({ hand });
    const { page } = dashboard;
    await dashboard.enter(fleet.key);
    await hand.type(searchField(dashboard), `with the ${hand.name}`);
    await expect.poll(() => rows(dashboard).count()).toBe(2);
    await hand.tick(page.getByLabel('Group by thread'));
    await expect.poll(() => rows(dashboard).count()).toBe(1);
    await rows(dashboard).getByText('begin with').waitFor();
    await hand.press(page.getByRole('button', { name: 'The 2 sessions of this thread' }));
    await expect.poll(() => rows(dashboard).count()).toBe(3);
    await rows(dashboard).getByText('go on with').waitFor();
    await expect.poll(() => page.url()).toContain('group=thread');
  });
});

test('keys move through the list, open a session, search and fold', async ({ fleet, open }) => {
  const mark = `k${Math.random().toString(36).slice(2)}`;
  await waiting(
    fleet,
    { prompt: `${mark} one`, cwd: '/no/one' },
    { prompt: `${mark} two`, cwd: '/no/two' },
    { prompt: `${mark} three`, cwd: '/no/three' },
  );
  const dashboard = await open();
  const { page } = dashboard;
  const focused = () => page.evaluate(() => document.activeElement?.textContent ?? '');
  await dashboard.enter(fleet.key);
  await page.keyboard.press('/');
  await page.keyboard.type(mark);
  await expect.poll(() => rows(dashboard).count()).toBe(3);
  await page.keyboard.press('Escape');
  await expect.poll(() => searchField(dashboard).evaluate((at) => at === document.activeElement)).toBe(false);
  expect(await searchField(dashboard).inputValue()).toBe(mark);
  await page.keyboard.press('j');
  await expect.poll(focused).toContain(`${mark} three`);
  await page.keyboard.press('j');
  await page.keyboard.press('ArrowDown');
  await expect.poll(focused).toContain(`${mark} one`);
  await page.keyboard.press('k');
  await expect.poll(focused).toContain(`${mark} two`);
  await page.keyboard.press('Home');
  await expect.poll(focused).toContain(`${mark} three`);
  await page.keyboard.press('End');
  await expect.poll(focused).toContain(`${mark} one`);
  await page.keyboard.press('Enter');
  await dashboard.conversation.waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('r');
  await dashboard.heading('Runners').waitFor();
});

test('new sessions and changes appear by themselves, and nothing jumps while one reads further down', async ({
  fleet,
  open,
}) => {
  const mark = `l${Math.random().toString(36).slice(2)}`;
  const ids = await waiting(
    fleet,
    ...Array.from({ length: 30 }, (_, n) => ({ prompt: `${mark} ${n}`, cwd: `/no/${n}` })),
  );
  const dashboard = await open({ viewport: { width: 1280, height: 600 } });
  const { page } = dashboard;
  await dashboard.enter(fleet.key);
  await page.goto(`/sessions?q=${mark}`);
  await rows(dashboard).getByText(`${mark} 29`).waitFor();
  await fleet.request('POST', `/runs/${ids[29]}/cancel`, {});
  await rows(dashboard)
    .filter({ hasText: `${mark} 29` })
    .getByText('Cancelled')
    .waitFor();
  await page.locator('main').evaluate((main) => main.scrollTo({ top: 600 }));
  await rows(dashboard).getByText(`${mark} 5`).first().waitFor();
  const [id] = await waiting(fleet, { prompt: `${mark} late`, cwd: '/no/late' });
  await page.getByRole('button', { name: /A new session/ }).waitFor();
  expect(await page.getByText(`${mark} late`).count()).toBe(0);
  await page.getByRole('button', { name: /A new session/ }).click();
  await rows(dashboard).getByText(`${mark} late`).waitFor();
  await fleet.request('POST', `/runs/${id}/cancel`, {});
  await rows(dashboard)
    .filter({ hasText: `${mark} late` })
    .getByText('Cancelled')
    .waitFor();
});

test('thousands of sessions are scrolled through with few of them drawn', async ({ fleet, open }) => {
  const dashboard = await open();
  const { page } = dashboard;
  dashboard.watch.expectFault(unreachable);
  await behindItsBack(
    fleet,
    'old work ',
    `INSERT INTO runs (id, org_id, status, input, cwd, cwd_key, permission_mode, labels, thread_id, lane, finished_at)
     SELECT 'clr0000' || lpad(n::text, 12, '0'), (SELECT id FROM orgs LIMIT 1), 'SUCCEEDED', $1::text || n, '/old',
       '/old', 'default', '{}', 'clr0000' || lpad(n::text, 12, '0'), '', now()
     FROM generate_series(1, 2500) n`,
  );
  await dashboard.enter(fleet.key);
  await page.goto('/sessions?cwd=/old');
  await rows(dashboard).getByText('old work 2500').waitFor();
  const oldest = rows(dashboard).getByText('old work 1', { exact: true });
  await expect
    .poll(
      async () => {
        await page.locator('main').evaluate((main) => main.scrollTo({ top: main.scrollHeight }));
        return oldest.count();
      },
      { timeout: 30_000 },
    )
    .toBe(1);
  await expect.poll(() => rows(dashboard).count()).toBeLessThan(80);
});

test('a search that finds nothing looks back some pages by itself, and then as far as one wants', async ({
  fleet,
  open,
}) => {
  const mark = `far${Math.random().toString(36).slice(2)}`;
  const [id] = await waiting(fleet, { prompt: `${mark} back`, cwd: '/no/far' });
  const dashboard = await open();
  const { page } = dashboard;
  await dashboard.enter(fleet.key);
  // Of a history so long that a page of a search looks at a part of it.
  let older = 0;
  await page.route(`**/api/v1/runs?*q=${mark}*`, async (route) => {
    const url = route.request().url();
    if (url.includes('cursor=')) older += 1;
    if (older > 11) return route.continue({ url: url.replace(/&cursor=[^&]*/, '') });
    await route.fulfill({ json: { data: [], nextCursor: id } });
  });
  await searchField(dashboard).fill(mark);
  await page.getByText('No session fits so far').waitFor();
  expect(older).toBe(9);
  await page.getByRole('button', { name: 'Look further back' }).click();
  await rows(dashboard).getByText(`${mark} back`).first().waitFor();
  // More may be looked at once a row stands there.
  expect(older).toBeGreaterThanOrEqual(12);
});

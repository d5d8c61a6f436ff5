import type { BrowserContext, Page } from 'playwright-core';
import { heapOf } from './dashboard-heap.js';
import { frames } from './frames.js';
import { absolute, type Row } from './report.js';
import { run } from './sql.js';

const sessions = 10_000;
/** px a frame: as fast as a thumb throws a list. */
const pace = 150;
const scrollMs = 10_000;

/** Finished sessions in the past, as ids and times make them old. */
const past = `
INSERT INTO runs (id, org_id, status, input, cwd, cwd_key, permission_mode, labels, thread_id, lane, created_at,
  started_at, finished_at, cost_usd)
SELECT 'clr0000' || lpad(n::text, 12, '0'), (SELECT id FROM orgs LIMIT 1), 'SUCCEEDED',
  'session ' || n || ' of many, with a prompt that is as long as prompts are', '/old/folder/' || n % 50,
  '/old/folder/' || n % 50, 'default', ARRAY['label-' || n % 20], 'clr0000' || lpad(n::text, 12, '0'), '',
  now() - interval '1 day', now() - interval '1 day', now() - interval '23 hours', 0.25
FROM generate_series(1, $1::int) n`;

/** The list of sessions: scrolled while older ones are loaded, and then to the last of them. */
export async function* sessionList(context: BrowserContext, databaseUrl: string): AsyncGenerator<Row> {
  await run(databaseUrl, past, [sessions]);
  const page = await context.newPage();
  await page.goto('/sessions');
  await page.getByText(`session ${sessions} of many`).waitFor();
  const { fps, slow } = await frames(page, '#main', pace, scrollMs);
  yield absolute('list: scrolling down while older sessions are loaded', 'frames/s', fps, '>=', 50);
  yield absolute('list: frames over 50 ms while scrolling', '%', slow * 100, '<=', 2);
  await toTheEnd(page);
  yield absolute('list: heap once 10,000 sessions are loaded', 'MB', await heapOf(page), '<=', 200);
  await page.close();
}

async function toTheEnd(page: Page): Promise<void> {
  const last = page.getByText('session 1 of many', { exact: false });
  while ((await last.count()) === 0) {
    await page.locator('#main').evaluate((main) => {
      main.scrollTop = main.scrollHeight;
      return new Promise((resolve) => requestAnimationFrame(resolve));
    });
  }
}

import type { ClaimedRun, Event } from '@agentfleet/contract';
import type { Page } from 'playwright-core';
import { heapOf } from './dashboard-heap.js';
import { sessionList } from './dashboard-list.js';
import { conversationOf, lastWords } from './dashboard-log.js';
import { frames } from './frames.js';
import { type InBrowser, inBrowser, signedIn } from './in-browser.js';
import { absolute, type Row } from './report.js';
import { register, startSession } from './sessions.js';
import { median, quantile } from './statistics.js';

const events = 100_000;
const opens = 5;
const appends = 60;
const scrollMs = 5_000;

/** In a real browser: a log of 100,000 events opened, scrolled, searched and appended to; 10,000 sessions listed. */
export const dashboard = () => inBrowser(measure);

async function* measure({ browser, server }: InBrowser): AsyncGenerator<Row> {
  const runner = await register(server.api, 'bench', 2);
  const run = await startSession(server.api, runner);
  const append = (some: Event[]) =>
    server.api.post(`/runs/${run.id}/events`, { token: run.token, events: some });
  for (const batch of conversationOf(events)) await append(batch);
  const context = await signedIn(browser, server.api.url, server.api.key);

  const times: number[] = [];
  for (let time = 0; time < opens; time += 1) {
    const page = await context.newPage();
    times.push(await openTime(page, run));
    await page.close();
  }
  yield absolute('open 100,000 events, to the painted end', 'ms', median(times), '<=', 1_000);

  const page = await context.newPage();
  await openTime(page, run);
  yield absolute('heap once they are open', 'MB', await heapOf(page), '<=', 200);
  const painted: number[] = [];
  for (let seq = events + 1; seq <= events + appends; seq += 1)
    painted.push(await paintTime(page, append, seq));
  yield absolute('an event appended, to painted, median', 'ms', median(painted), '<=', 50);
  yield absolute('an event appended, to painted, 95th percentile', 'ms', quantile(painted, 0.95), '<=', 100);

  const { fps, slow } = await scroll(page);
  yield absolute('scrolling up through them', 'frames/s', fps, '>=', 50);
  yield absolute('frames over 50 ms while scrolling', '%', slow * 100, '<=', 2);
  yield absolute(
    'find, to the first of all matches in the whole log',
    'ms',
    await findTime(page),
    '<=',
    8_000,
  );
  yield absolute('heap once all of them were read', 'MB', await heapOf(page), '<=', 200);
  await page.close();
  yield* sessionList(context, server.databaseUrl);
}

/** From the navigation to the frame that shows the last event, ms. */
async function openTime(page: Page, { id }: ClaimedRun): Promise<number> {
  await page.addInitScript((words) => {
    const look = () => {
      const scroller = document.querySelector('section[aria-label=Conversation]');
      const shown = scroller?.textContent?.includes(words) ?? false;
      const atEnd = scroller
        ? scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 50
        : false;
      if (!shown || !atEnd) return requestAnimationFrame(look);
      // The frame after the one that drew it: it is on the screen.
      return requestAnimationFrame(() => {
        (window as unknown as { openedAt: number }).openedAt = performance.now();
      });
    };
    requestAnimationFrame(look);
  }, lastWords);
  await page.goto(`/sessions/${id}`);
  const opened = await page.waitForFunction(() => (window as unknown as { openedAt?: number }).openedAt);
  return (await opened.jsonValue()) ?? Number.NaN;
}

/** From the request that appends an event to the frame that shows it, ms. */
async function paintTime(
  page: Page,
  append: (events: Event[]) => Promise<unknown>,
  seq: number,
): Promise<number> {
  const words = `Appended ${seq}.`;
  // The page watches before anything is sent: on a busy machine it might be drawn first.
  await page.evaluate((wanted) => {
    const scroller = document.querySelector('section[aria-label=Conversation]') as HTMLElement;
    const painted = new Promise<number>((resolve) => {
      const watching = new MutationObserver((changes) => {
        const isThere = changes.some(({ addedNodes, target }) =>
          [target, ...addedNodes].some((node) => node !== scroller && node.textContent?.includes(wanted)),
        );
        if (!isThere) return;
        watching.disconnect();
        // The view draws within a frame: the next one begins once that has been painted.
        requestAnimationFrame(() => resolve(performance.timeOrigin + performance.now()));
      });
      watching.observe(scroller, { childList: true, subtree: true, characterData: true });
    });
    (window as unknown as { painted: Promise<number> }).painted = painted;
  }, words);
  const data = { type: 'text', text: words };
  const began = performance.timeOrigin + performance.now();
  await append([{ seq, kind: 'assistant', message: words, data, at: new Date().toISOString() }]);
  const at = await page.evaluate(() => (window as unknown as { painted: Promise<number> }).painted);
  return at - began;
}

/** Scrolls up at a steady pace, as a hand on a touchpad does. */
async function scroll(page: Page): Promise<{ fps: number; slow: number }> {
  await page.getByRole('region', { name: 'Conversation' }).hover();
  await page.mouse.wheel(0, -200);
  return frames(page, 'section[aria-label=Conversation]', -45, scrollMs);
}

/** From the last keystroke to the count of everything that matches, ms: the whole log is read for it. */
async function findTime(page: Page): Promise<number> {
  await page.keyboard.press('ControlOrMeta+f');
  const began = performance.now();
  await page.getByRole('searchbox', { name: 'Find in session' }).fill('step 1234');
  await page.getByText(/^\d+ of [\d,]+$/).waitFor({ timeout: 60_000 });
  return performance.now() - began;
}

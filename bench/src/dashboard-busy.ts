import type { ClaimedRun, Event } from '@agentfleet/contract';
import type { Page } from 'playwright-core';
import { heapOf } from './dashboard-heap.js';
import { conversationOf } from './dashboard-log.js';
import { type InBrowser, inBrowser, signedIn } from './in-browser.js';
import { absolute, type Row } from './report.js';
import { register, startSession } from './sessions.js';

const sessions = 10;
const perMinute = 1_000;
const watchedMs = 30_000;
/** Of the hour that is simulated: from one look at the heap to the next, minutes. */
const lookMinutes = 10;
const hourMinutes = 60;

interface Watched {
  longTasks: number[];
}

interface Log {
  run: ClaimedRun;
  events: Event[];
}

/** 1,000 events a minute come into a session that is looked at, with nine others that work in the list beside it. */
export const busy = () => inBrowser(measure);

async function* measure({ browser, server: { api } }: InBrowser): AsyncGenerator<Row> {
  const runner = await register(api, 'busy', sessions);
  const logs: Log[] = [];
  for (let nth = 0; nth < sessions; nth += 1) {
    // The others say together as much as the one.
    const minutes = nth === 0 ? hourMinutes : Math.ceil(hourMinutes / (sessions - 1));
    const events = [...conversationOf(minutes * perMinute)].flat();
    logs.push({ run: await startSession(api, runner), events });
  }
  const [open, ...others] = logs;
  if (!open) throw new Error('nothing was started');
  const append = async ({ run, events }: Log, count: number) => {
    await api.post(`/runs/${run.id}/events`, { token: run.token, events: events.splice(0, count) });
  };
  const context = await signedIn(browser, api.url, api.key);
  const page = await context.newPage();
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.addInitScript(() => {
    const global = window as unknown as Watched;
    global.longTasks = [];
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) global.longTasks.push(duration);
    }).observe({ type: 'longtask' });
  });
  await page.goto(`/sessions/${open.run.id}`);
  await page.getByRole('navigation', { name: 'Sessions' }).getByRole('link').nth(others.length).waitFor();
  await longTasks(page);
  const began = performance.now();
  for (let at = 0; performance.now() - began < watchedMs; at += 1) {
    await append(open, 1);
    const other = others[at % others.length];
    if (other) await append(other, 1);
    const next = began + (at + 1) * (60_000 / perMinute);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, next - performance.now())));
  }
  const longest = Math.max(0, ...(await longTasks(page)));
  yield absolute('longest task while 1,000 events a minute come into a session', 'ms', longest, '<=', 100);

  // The rest of the hour, as fast as the page takes it.
  const heaps: number[] = [];
  for (let minute = 1; open.events.length > 0; minute += 1) {
    const words = newest(open.events.slice(0, perMinute));
    await append(open, perMinute);
    for (const other of others) await append(other, Math.ceil(perMinute / others.length));
    await shows(page, words);
    if (minute % lookMinutes === 0 || open.events.length === 0) heaps.push(await heapOf(page));
  }
  console.log(`heap by every ${lookMinutes} minutes, MB: ${heaps.map((heap) => heap.toFixed(1)).join(', ')}`);
  const gained = (heaps.at(-1) ?? Number.NaN) - (heaps[0] ?? Number.NaN);
  yield absolute('heap gained from the tenth minute of an hour of them to its last', 'MB', gained, '<=', 5);
}

/** Words that only the newest of what Claude says in them has. */
const newest = (events: Event[]) =>
  events.flatMap(({ message }) => /Step \d+|That was the last of them/.exec(message) ?? []).at(-1) ?? '';

/** Waits until the conversation shows these words. */
async function shows(page: Page, words: string): Promise<void> {
  await page.getByRole('region', { name: 'Conversation' }).getByText(words).first().waitFor();
}

/** Those since the last look, ms each. */
function longTasks(page: Page): Promise<number[]> {
  return page.evaluate(() => (window as unknown as Watched).longTasks.splice(0));
}

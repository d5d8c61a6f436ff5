import type { BrowserContext, Page } from 'playwright-core';
import type { Api } from './api.js';
import { conversationOf } from './dashboard-log.js';
import { absolute, type Row } from './report.js';
import { register, startSession } from './sessions.js';

const sessions = 10;
const perMinute = 1_000;
const watchedMs = 30_000;

interface Watched {
  longTasks: number[];
}

/** 1,000 events a minute come into a session that is looked at, with nine others that work in the list beside it. */
export async function* busySession(context: BrowserContext, api: Api): AsyncGenerator<Row> {
  const runner = await register(api, 'busy', sessions);
  const runs = [];
  for (let count = 0; count < sessions; count += 1) runs.push(await startSession(api, runner));
  const [open, ...others] = runs;
  if (!open) throw new Error('nothing was started');
  const logs = runs.map((run) => ({ run, events: [...conversationOf(perMinute)].flat() }));
  const append = async ({ run, events }: (typeof logs)[number], at: number) => {
    const event = events[at];
    if (event) await api.post(`/runs/${run.id}/events`, { token: run.token, events: [event] });
  };
  const page = await context.newPage();
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.addInitScript(() => {
    const global = window as unknown as Watched;
    global.longTasks = [];
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) global.longTasks.push(duration);
    }).observe({ type: 'longtask' });
  });
  await page.goto(`/sessions/${open.id}`);
  await page.getByRole('navigation', { name: 'Sessions' }).getByRole('link').nth(others.length).waitFor();
  await longTasks(page);
  const began = performance.now();
  for (let at = 0; performance.now() - began < watchedMs; at += 1) {
    const [mine, other] = [logs[0], logs[1 + (at % others.length)]];
    if (mine) await append(mine, at);
    if (other) await append(other, Math.floor(at / others.length));
    const next = began + (at + 1) * (60_000 / perMinute);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, next - performance.now())));
  }
  const longest = Math.max(0, ...(await longTasks(page)));
  yield absolute('longest task while 1,000 events a minute come into a session', 'ms', longest, '<=', 100);
  await page.close();
}

/** Those since the last look, ms each. */
function longTasks(page: Page): Promise<number[]> {
  return page.evaluate(() => (window as unknown as Watched).longTasks.splice(0));
}

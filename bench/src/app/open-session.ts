import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import type { RunningApp } from '../../../desktop/e2e/electron/running-app.js';
import { Api } from '../api.js';
import { conversationOf } from '../dashboard-log.js';
import { absolute, type Row } from '../report.js';
import { register, startSession } from '../sessions.js';
import { median } from '../statistics.js';
import { watchEventLoop, watched } from './event-loop.js';

const perSecond = 50;
const watchedMs = 20_000;
const leavings = 5;

interface Counting {
  /** Of the frames since it was begun, ms. */
  frameTimes: number[];
}

/** 50 events a second come into the session that the app's window shows: how smooth its page is, and how soon one can leave it. */
export async function* openSession(
  running: RunningApp,
  page: Page,
  server: { url: string; key: string },
): AsyncGenerator<Row> {
  const api = new Api(server.url, server.key);
  const run = await startSession(api, await register(api, 'streaming', 1));
  const events = [...conversationOf(perSecond * 120)].flat();
  let isOver = false;
  const streaming = (async () => {
    const began = performance.now();
    for (let at = 0; !isOver && at < events.length; at += 1) {
      await api.post(`/runs/${run.id}/events`, { token: run.token, events: [events[at]] });
      await delay(Math.max(0, began + ((at + 1) * 1_000) / perSecond - performance.now()));
    }
  })();
  try {
    await show(page, run.id);
    await page.evaluate(countFrames);
    await watchEventLoop(running);
    await shareOfCore(running);
    await delay(watchedMs);
    console.log(`      (of a core meanwhile: ${await shareOfCore(running)})`);
    const loop = await watched(running);
    const took = await page.evaluate(() => (window as unknown as Counting).frameTimes);
    const fps = (took.length * 1_000) / took.reduce((sum, each) => sum + each, 0);
    yield absolute('app, page of a session with 50 events a second', 'frames/s', fps, '>=', 50);
    yield absolute('app, main process meanwhile, 99th percentile', 'ms', loop.p99, '<=', 16);

    const left: number[] = [];
    for (let time = 0; time < leavings; time += 1) {
      left.push(await page.evaluate(leave));
      await show(page, run.id);
    }
    yield absolute('app, leaving that page, to the painted list', 'ms', median(left), '<=', 300);
  } finally {
    isOver = true;
    await streaming;
  }
}

/** What each process of the app has used of a core since it was last asked, by what Electron calls them. */
function shareOfCore(running: RunningApp): Promise<string> {
  return running.electron.evaluate(({ app }) =>
    app
      .getAppMetrics()
      .map(({ type, cpu }) => `${type} ${cpu.percentCPUUsage.toFixed(0)} %`)
      .join(', '),
  );
}

async function show(page: Page, id: string): Promise<void> {
  await page.evaluate((path) => {
    history.pushState(null, '', path);
    dispatchEvent(new PopStateEvent('popstate'));
  }, `/sessions/${id}`);
  await page
    .getByRole('region', { name: 'Conversation' })
    .getByText('ok', { exact: false })
    .first()
    .waitFor();
}

/** Runs in the page. */
function countFrames(): void {
  const counting = window as unknown as Counting;
  counting.frameTimes = [];
  let before = performance.now();
  const step = (now: number) => {
    counting.frameTimes.push(now - before);
    before = now;
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}

/** Runs in the page: from the click to the frame after the one with the list, ms. */
function leave(): Promise<number> {
  return new Promise((resolve) => {
    const began = performance.now();
    const link = document.querySelector<HTMLElement>('nav[aria-label=Main] a[href="/sessions"]');
    link?.click();
    const look = () => {
      const isThere =
        location.pathname === '/sessions' && document.querySelector('main h1')?.textContent === 'Sessions';
      if (!isThere) return requestAnimationFrame(look);
      return requestAnimationFrame(() => resolve(performance.now() - began));
    };
    requestAnimationFrame(look);
  });
}

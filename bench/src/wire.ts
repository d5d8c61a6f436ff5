import type { ClaimedRun } from '@agentfleet/contract';
import type { Browser, BrowserContext } from 'playwright-core';
import { type Wire, wireOf } from '../../desktop/e2e/browser/wire.js';
import type { Api } from './api.js';
import { conversationOf, lastWords } from './dashboard-log.js';
import { type InBrowser, inBrowser, signedIn } from './in-browser.js';
import { absolute, type Row } from './report.js';
import { claim, launch, register } from './sessions.js';

const sessions = 50;
const running = 3;
const runners = 2;
const heartbeatMs = 10_000;
/** Two of the slow looks are in it. */
const idleMs = 130_000;
const hourMs = 3_600_000;
/** How long a page is waited for that has nothing more to load, ms. */
const restMs = 3_000;
const eventsOfSession = 40;

/** What the dashboard costs on the wire, as the browser counts it: heads and bodies, as they are compressed. */
export const wire = () => inBrowser(measure);

async function* measure({ browser, server }: InBrowser): AsyncGenerator<Row> {
  const stops: (() => void)[] = [];
  try {
    const { api } = server;
    const held: ClaimedRun[] = [];
    for (let nth = 0; nth < runners; nth += 1) {
      const id = await register(api, `bench ${nth}`, running);
      const own = nth === 0 ? await start(api, id) : [];
      held.push(...own);
      stops.push(beat(api, id, own));
    }
    for (let nth = 0; nth < sessions - running; nth += 1) {
      await launch(api, {
        prompt: `session ${nth}, with a prompt that is as long as prompts are`,
        cwd: `/else/${nth}`,
      });
    }
    const context = await signedIn(browser, api.url, api.key);
    const list = await firstLoad(browser, api, context, '/sessions', 'session 46,');
    yield absolute('list of fifty sessions: first load on the wire', 'KB', list.bytes() / 1_000, '<=', 200);
    const [run] = held;
    if (!run) throw new Error('nothing runs');
    for (const events of conversationOf(eventsOfSession)) {
      await api.post(`/runs/${run.id}/events`, { token: run.token, events });
    }
    const session = await firstLoad(browser, api, context, `/sessions/${run.id}`, lastWords);
    yield absolute('session: first load on the wire', 'KB', session.bytes() / 1_000, '<=', 330);
    yield absolute(
      'idle tab, fifty sessions, three of them running: in an hour',
      'MB',
      await idle(context),
      '<=',
      1,
    );
  } finally {
    for (const stop of stops) stop();
  }
}

/** Sessions that run and say nothing. */
async function start(api: Api, runnerId: string): Promise<ClaimedRun[]> {
  const held: ClaimedRun[] = [];
  for (let nth = 0; nth < running; nth += 1) {
    await launch(api, { runnerId, prompt: `running ${nth}` });
    const [run] = (await claim(api, runnerId, 0, held)).runs;
    if (!run) throw new Error('nothing was claimed');
    await api.post(`/runs/${run.id}/start`, { token: run.token });
    held.push(run);
  }
  return held;
}

/** Keeps a runner online, and what it holds. */
function beat(api: Api, runnerId: string, held: readonly ClaimedRun[]): () => void {
  const leases = held.map(({ id, token }) => ({ runId: id, token }));
  const send = () => void api.post(`/runners/${runnerId}/heartbeat`, { leases });
  send();
  const timer = setInterval(send, heartbeatMs);
  return () => clearInterval(timer);
}

/** In a profile that has nothing but the sign-in. */
async function firstLoad(
  browser: Browser,
  { url: baseURL }: Api,
  signed: BrowserContext,
  path: string,
  shown: string,
): Promise<Wire> {
  const context = await browser.newContext({ baseURL, storageState: await signed.storageState() });
  const page = await context.newPage();
  const counted = await wireOf(page);
  await page.goto(path);
  await page.getByText(shown).first().waitFor();
  await page.waitForTimeout(restMs);
  await context.close();
  return counted;
}

/** MB in an hour, by what comes in some minutes after the page has come to rest. */
async function idle(context: BrowserContext): Promise<number> {
  const page = await context.newPage();
  await page.goto('/sessions');
  await page.getByText('session 46,').waitFor();
  await page.waitForTimeout(restMs);
  const counted = await wireOf(page);
  const began = performance.now();
  await page.waitForTimeout(idleMs);
  const bytes = counted.bytes();
  const ms = performance.now() - began;
  await page.close();
  return (bytes / ms) * (hourMs / 1_000_000);
}

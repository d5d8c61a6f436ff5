import { type Browser, type BrowserContext, chromium } from 'playwright-core';
import { findChromium } from '../../desktop/e2e/browser/chromium.js';
import type { Row } from './report.js';
import { type ServerProcess, startServerProcess } from './server-process.js';

/** A browser, and a server that has nothing yet. */
export interface InBrowser {
  browser: Browser;
  server: ServerProcess & { databaseUrl: string };
}

/** Measures in a real browser with a server of its own; says so and yields nothing where there is no browser. */
export async function* inBrowser(measure: (at: InBrowser) => AsyncGenerator<Row>): AsyncGenerator<Row> {
  const launch = await findChromium();
  if (!launch) {
    console.log('skipped: there is no Chrome or Chromium. Install one or set CHROME_PATH.');
    return;
  }
  const server = await startServerProcess();
  const browser = await chromium.launch({
    ...launch,
    args: [...(launch.args ?? []), '--enable-precise-memory-info'],
  });
  try {
    yield* measure({ browser, server });
  } finally {
    await browser.close();
    await server.stop();
  }
}

export async function signedIn(browser: Browser, baseURL: string, key: string): Promise<BrowserContext> {
  const context = await browser.newContext({ baseURL, viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  await page.goto('/');
  await page.getByLabel('API key').fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Sessions', level: 1 }).waitFor();
  await page.close();
  return context;
}

import { chromium } from 'playwright-core';
import type { TestProject } from 'vitest/node';
import { findChromium } from './chromium.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the one browser of the project listens; null where none was found. */
    browser: string | null;
  }
}

/** One browser for every file of the project; each test has a profile of its own in it. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const launch = await findChromium();
  if (!launch) {
    console.warn(
      `browser: SKIPPED, there is no Chrome or Chromium on this ${process.platform}-${process.arch}. Install one or set CHROME_PATH.`,
    );
    project.provide('browser', null);
    return undefined;
  }
  const server = await chromium.launchServer({ ...launch, host: '127.0.0.1' });
  project.provide('browser', server.wsEndpoint());
  return () => server.close();
}

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

const folder = join(import.meta.dirname, '../../../docs/screenshots');

/** Writes what the page shows as `docs/screenshots/<name>.webp`: a quarter of a PNG's size, and every host shows it. */
export async function photograph(page: Page, name: string): Promise<void> {
  // Nothing blinks, and what is loaded later is there.
  await page.evaluate(() => document.fonts.ready);
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: 82 });
  await session.detach();
  await writeFile(join(folder, `${name}.webp`), Buffer.from(data, 'base64'));
}

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type axe from 'axe-core';
import type { AxeResults, RunOptions } from 'axe-core';
import type { Page } from 'playwright-core';

/** Less than half of what the package itself hands out as its source: it goes to every page that is looked at. */
const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** WCAG 2.2 to AA, and what axe holds for good practice. */
const rules: RunOptions = {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  resultTypes: ['violations'],
};

const schemes = ['light', 'dark'] as const;

/** Everything that axe finds, in light and in dark, also what is minor. */
export async function everyViolation(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of schemes) {
    await page.emulateMedia({ colorScheme });
    await page.locator(`html[data-theme=${colorScheme}]`).waitFor();
    found.push(...(await violations(page)).map(({ line }) => `in ${colorScheme} ${line}`));
  }
  return found;
}

/** As `seriousViolations`, in light and in dark: the page stays as it is and follows the system, as it does for people. */
export async function seriousInEveryColour(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of schemes) {
    await page.emulateMedia({ colorScheme });
    await page.locator(`html[data-theme=${colorScheme}]`).waitFor();
    found.push(...(await seriousViolations(page)).map((line) => `in ${colorScheme} ${line}`));
  }
  return found;
}

/** What keeps people from using the page as it stands, one line a place; minor and moderate findings are left out. */
export async function seriousViolations(page: Page): Promise<string[]> {
  const found = await violations(page);
  return found.flatMap(({ impact, line }) => (impact === 'serious' || impact === 'critical' ? [line] : []));
}

async function violations(page: Page): Promise<{ impact: string; line: string }[]> {
  // By the debugger, which the page's Content-Security-Policy does not concern.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(source);
  const { violations } = await page.evaluate(
    (options) => (window as unknown as { axe: typeof axe }).axe.run(document, options) as Promise<AxeResults>,
    rules,
  );
  return violations.flatMap(({ id, impact, nodes }) =>
    nodes.map((node) => ({
      impact: impact ?? 'minor',
      line: `${id}: ${node.html} – ${node.failureSummary ?? ''}`,
    })),
  );
}

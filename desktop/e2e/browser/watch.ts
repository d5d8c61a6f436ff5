import type { ConsoleMessage, Page } from 'playwright-core';

/** What a page did that nobody may see: faults, and requests to anywhere else. */
export interface Watch {
  /** Faults nobody expected, one line each. */
  faults(): string[];
  /** From here on a fault that matches is part of the test. */
  expectFault(pattern: RegExp): void;
  /** What jumped by itself so far. */
  layoutShifts(): Promise<Shift[]>;
}

/** Something that moved though nobody touched anything. */
export interface Shift {
  /** How much by how far; 1 is everything by the height of the screen, 0.1 is what searches call good for a page. */
  score: number;
  what: string;
}

/** What the watch leaves in the page. */
interface Watched {
  agentfleetViolation(what: string): void;
  layoutShifts: Shift[];
}

/** https://wicg.github.io/layout-instability, which TypeScript does not know. */
interface LayoutShift extends PerformanceEntry {
  value: number;
  hadRecentInput: boolean;
  sources: { node: Node | null; previousRect: DOMRectReadOnly; currentRect: DOMRectReadOnly }[];
}

/**
 * Watches a page from before its first script: console errors and warnings, uncaught errors, violations of the
 * Content-Security-Policy, dialogs, requests that leave the server's origin, and layout shifts.
 */
export async function watch(page: Page, origin: string): Promise<Watch> {
  const seen: string[] = [];
  const expected: RegExp[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) seen.push(lineOf(message));
  });
  page.on('pageerror', (error) => seen.push(`uncaught: ${error.message}`));
  page.on('dialog', (dialog) => {
    seen.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !url.startsWith('data:')) seen.push(`request to ${url}`);
  });
  await page.exposeBinding('agentfleetViolation', (_source, what: string) => seen.push(`CSP: ${what}`));
  await page.addInitScript(() => {
    const global = window as unknown as Watched;
    document.addEventListener('securitypolicyviolation', (event) =>
      global.agentfleetViolation(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`),
    );
    global.layoutShifts = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as LayoutShift[]) {
        if (entry.hadRecentInput) continue;
        const what = entry.sources.map(({ node, previousRect, currentRect }) => {
          const element = node instanceof Element ? node : node?.parentElement;
          const from = `${previousRect.x},${previousRect.y}`;
          return `${element?.tagName} "${element?.textContent?.slice(0, 30)}" ${from} to ${currentRect.x},${currentRect.y}`;
        });
        global.layoutShifts.push({ score: entry.value, what: what.join('; ') });
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
  return {
    faults: () => seen.filter((line) => !expected.some((pattern) => pattern.test(line))),
    expectFault: (pattern) => void expected.push(pattern),
    layoutShifts: () => page.evaluate(() => (window as unknown as Watched).layoutShifts),
  };
}

const lineOf = (message: ConsoleMessage) => `${message.text()} (${message.location().url})`;

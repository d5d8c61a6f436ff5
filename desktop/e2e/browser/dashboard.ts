import type { Run } from '@agentfleet/contract';
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright-core';
import { test as base, expect, inject } from 'vitest';
import { Fleet } from '../../../runner-core/e2e/fleet.js';
import { Model, startModelServer } from '../../../runner-core/e2e/model-server.js';
import { type Hand, mouse } from './hand.js';
import { type Watch, watch } from './watch.js';

/** The dashboard in one browser profile, and what a person does with it. */
export class Dashboard {
  constructor(
    readonly page: Page,
    readonly watch: Watch,
    readonly hand: Hand,
  ) {}

  async signIn(key: string, path = '/'): Promise<void> {
    await this.page.goto(path);
    await this.hand.type(this.page.getByLabel('API key'), key);
    await this.hand.press(this.page.getByRole('button', { name: 'Sign in' }));
  }

  /** Signs in and waits for the first screen. */
  async enter(key: string): Promise<void> {
    await this.signIn(key);
    await this.heading('Sessions').waitFor();
  }

  /** Signs in where a session is to be shown, and waits for it: a page is loaded once, not twice. */
  async enterSession(key: string, id: string): Promise<void> {
    await this.signIn(key, `/sessions/${id}`);
    await this.conversation.waitFor();
  }

  /** Goes to a screen by the main navigation. */
  async go(name: string): Promise<void> {
    // What runs is counted behind the name.
    await this.hand.press(this.main.getByRole('link', { name: new RegExp(`^${name}`) }));
  }

  async launch(prompt: string, folder: string): Promise<void> {
    await this.hand.press(this.page.getByRole('link', { name: /^New session/ }));
    await this.hand.type(this.page.getByLabel('Prompt', { exact: true }), prompt);
    await this.hand.type(this.page.getByLabel('Folder', { exact: true }), folder);
    await this.hand.press(this.page.getByRole('button', { name: /^Launch/ }));
    await this.conversation.waitFor();
  }

  /** Waits until the conversation shows this text within the screen, and not below its edge. */
  async inSight(shown: string | RegExp): Promise<void> {
    const found = this.conversation.getByText(shown);
    await expect
      .poll(
        () =>
          found.evaluateAll((elements) =>
            elements.some((element) => {
              const screen = element.closest('section')?.getBoundingClientRect();
              const { top } = element.getBoundingClientRect();
              return screen !== undefined && top >= screen.top - 1 && top < screen.bottom;
            }),
          ),
        { timeout: 15_000, message: `${shown} in sight` },
      )
      .toBe(true);
  }

  get main(): Locator {
    return this.page.getByRole('navigation', { name: 'Main' });
  }

  get conversation(): Locator {
    return this.page.getByRole('region', { name: 'Conversation' });
  }

  heading(name: string | RegExp): Locator {
    return this.page.getByRole('heading', { name, level: 1 });
  }
}

/** Opens the dashboard in a fresh profile, e.g. `open({ colorScheme: 'dark', hand: keyboard })`. */
export type Open = (options?: BrowserContextOptions & { hand?: Hand }) => Promise<Dashboard>;

const endpoint = inject('browser');

const extended = base
  // Files of a worker share this module: what one told the model is none of the next one's.
  .extend('model', { scope: 'file' }, () => new Model())
  .extend('modelServer', { scope: 'file' }, async ({ model }, { onCleanup }) => {
    const server = await startModelServer((request) => model.script(request));
    onCleanup(() => server.close());
    return server;
  })
  .extend('fleet', { scope: 'file' }, async ({ modelServer }, { onCleanup }) => {
    const fleet = await Fleet.start(modelServer);
    onCleanup(() => fleet.close());
    return fleet;
  })
  .extend('endpoint', { scope: 'file' }, endpoint ?? '')
  .extend('browser', { scope: 'file' }, async ({ endpoint }, { onCleanup }): Promise<Browser> => {
    const browser = await chromium.connect(endpoint);
    onCleanup(() => browser.close());
    return browser;
  })
  // Opens the dashboard in a fresh profile; what it must never do is checked when the test is over.
  .extend('open', async ({ fleet, browser, task }, { onCleanup }) => {
    const opened: Dashboard[] = [];
    onCleanup(async () => {
      const state = task.result?.errors?.length ? await stateOf(fleet, opened) : '';
      for (const { page } of opened) await page.context().close();
      for (const { watch } of opened) expect(watch.faults()).toEqual([]);
      // As an error beside that of the test: of all that is printed, errors are what is kept.
      if (state !== '') throw new Error(state);
    });
    const open: Open = async (options = {}) => {
      const { hand = mouse, ...profile } = options;
      const context = await browser.newContext({
        baseURL: fleet.url,
        locale: 'en-US',
        reducedMotion: 'reduce',
        ...profile,
      });
      // A page that lost its server asks for it again within 15 s: who waits for the page is more patient.
      context.setDefaultTimeout(30_000);
      const page = await context.newPage();
      const dashboard = new Dashboard(page, await watch(page, fleet.url), hand);
      opened.push(dashboard);
      return dashboard;
    };
    return open;
  });

/** What was there when a test failed, in few words: which of page, server and runner did not do its part shows in nothing else. */
async function stateOf(fleet: Fleet, opened: readonly Dashboard[]): Promise<string> {
  const shown = opened.map(async ({ page }) => {
    const shown = await page.getByRole('main').ariaSnapshot({ timeout: 2_000 }).catch(String);
    return `${page.url()} shows ${shown.replaceAll(/\s+/g, ' ').slice(0, 900)}`;
  });
  const { data } = await fleet.get<{ data: Run[] }>('/runs?limit=3').catch(() => ({ data: [] }));
  const runs = data.map(({ id, status, claimedAt, lastSeq }) => `${id} ${status} ${claimedAt} ${lastSeq}`);
  return [...(await Promise.all(shown)), ...runs, fleet.said.slice(-300)].join('\n');
}

/** A test of the dashboard, in the one browser against a fleet of its file; skipped where there is no browser. */
export const test = extended.skipIf(endpoint === null);

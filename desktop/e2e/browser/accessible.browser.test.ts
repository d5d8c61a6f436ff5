import { describe, expect } from 'vitest';
import type { Fleet } from '../../../runner-core/e2e/fleet.js';
import { everyViolation } from './axe.js';
import { type Dashboard, test } from './dashboard.js';
import { keyWith } from './key-with.js';
import { assistant } from './said.js';
import { scriptedSession } from './scripted-runner.js';

const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
const desk = { viewport: { width: 1440, height: 900 } };

interface Scene {
  runnerId: string;
  /** In every prompt of it, and of no other. */
  mark: string;
}

/** One session of each kind, on one runner, and a key that has been used. */
async function scene(fleet: Fleet, mark: string): Promise<Scene> {
  const place = { cwd: '/code/shop' };
  const done = await scriptedSession(
    fleet,
    { prompt: `Add a health check ${mark}`, ...place },
    { name: 'build-server' },
  );
  const tokens = { inputTokens: 1_000, outputTokens: 200, cacheReadTokens: 0, cacheCreationTokens: 0 };
  const usage = { ...tokens, byModel: { 'claude-sonnet-4-5': { ...tokens, costUsd: 0.4 } } };
  await done.held.finish({ status: 'SUCCEEDED', result: 'Done.', costUsd: 0.4, usage });
  const runs = await scriptedSession(fleet, { prompt: `Run the tests ${mark}`, ...place });
  await runs.held.say(assistant('412 of 418 pass.'));
  const asks = await scriptedSession(fleet, { prompt: `Clean the build ${mark}`, ...place });
  await asks.held.ask({ tool: 'Bash', message: 'Bash rm -rf dist', input: { command: 'rm -rf dist' } });
  const question = {
    question: 'Which registry?',
    header: 'Where',
    options: [{ label: 'Ours' }, { label: 'The public one', description: 'Everybody sees it' }],
    multiSelect: false,
  };
  const asked = await scriptedSession(fleet, { prompt: `Publish it ${mark}`, ...place });
  await asked.held.ask({
    tool: 'AskUserQuestion',
    message: 'AskUserQuestion Which registry?',
    input: { questions: [question] },
  });
  const fails = await scriptedSession(fleet, { prompt: `Break ${mark}`, ...place }, { name: 'attic' });
  await fails.held.finish({ status: 'FAILED', failure: { code: 'agent_crashed', message: 'It exited.' } });
  await fleet.launch({ prompt: `Nobody takes this ${mark}`, cwd: '/nobody', labels: ['nightly'] });
  await keyWith(fleet, ['runner'], 'for the attic');
  return { runnerId: done.runner.id, mark };
}

interface Screen {
  name: string;
  path: (scene: Scene) => string;
  /** What has to be there, and what is opened first. */
  ready: (dashboard: Dashboard) => Promise<unknown>;
}

const screens: Screen[] = [
  {
    name: 'the sessions',
    path: ({ mark }) => `/sessions?q=${mark}`,
    ready: ({ page }) => page.getByText('412 of 418 pass.').waitFor(),
  },
  {
    name: 'the sessions by state, some selected',
    path: ({ mark }) => `/sessions?q=${mark}&group=state`,
    ready: async ({ page }) => {
      await page.getByText('412 of 418 pass.').waitFor();
      const more = page.getByRole('button', { name: 'More filters' });
      if (await more.isVisible()) await more.click();
      await page.getByRole('button', { name: 'Select', exact: true }).click();
      await page.getByRole('checkbox', { name: /^Select Run the tests/ }).check();
      await page.getByRole('region', { name: 'Selected sessions' }).getByText('1 selected').waitFor();
    },
  },
  {
    name: 'what waits',
    path: ({ mark }) => `/sessions?q=${mark}&waiting=true`,
    ready: async ({ page }) => {
      await page.getByText('Deletes without asking back').first().waitFor();
      await page.getByRole('radio', { name: /^Ours/ }).first().waitFor();
    },
  },
  {
    name: 'the launch form',
    path: () => '/sessions/new',
    ready: ({ page }) => page.getByText('Limits and queue').first().click(),
  },
  {
    name: 'the runners',
    path: () => '/runners',
    ready: ({ page }) => page.getByText('It exited.').first().waitFor(),
  },
  {
    name: 'connecting a runner',
    path: () => '/runners',
    ready: ({ page }) => page.getByRole('button', { name: 'Connect a runner' }).click(),
  },
  {
    name: 'a runner',
    path: ({ runnerId }) => `/runners/${runnerId}`,
    ready: ({ page }) => page.getByRole('heading', { name: 'build-server' }).waitFor(),
  },
  { name: 'usage', path: () => '/usage', ready: ({ page }) => page.locator('canvas').waitFor() },
  {
    name: 'usage by label',
    path: () => '/usage?by=label',
    ready: ({ page }) => page.locator('canvas').waitFor(),
  },
  {
    name: 'the API keys',
    path: () => '/settings/api-keys',
    ready: ({ page }) => page.getByText('for the attic').first().waitFor(),
  },
  {
    name: 'the audit trail',
    path: () => '/settings/audit',
    ready: ({ page }) => page.getByRole('listitem').getByText('Made a key').first().waitFor(),
  },
  {
    name: 'the appearance',
    path: () => '/settings/appearance',
    ready: ({ page }) => page.getByRole('heading').first().waitFor(),
  },
];

describe.each([
  ['at 360 px', 'narrow', phone],
  ['at 1440 px', 'wide', desk],
] as const)('%s', (_width, mark, profile) => {
  test('axe finds nothing on any screen, signed in or not, in light and in dark, and none is wider than it', async ({
    fleet,
    open,
  }) => {
    const made = await scene(fleet, mark);
    const dashboard = await open(profile);
    const { page } = dashboard;
    const found: string[] = [];
    const look = async (name: string) => {
      found.push(...(await everyViolation(page)).map((line) => `${name} ${line}`));
      const wide = await page.evaluate(() => {
        const main = document.querySelector('main');
        const { scrollWidth, clientWidth } = document.documentElement;
        return Math.max(scrollWidth - clientWidth, main ? main.scrollWidth - main.clientWidth : 0);
      });
      if (wide > 0) found.push(`${name} is ${wide} px too wide`);
    };
    await page.goto('/');
    await page.getByLabel('API key').waitFor();
    await look('sign-in');
    await dashboard.enter(fleet.key);
    for (const { name, path, ready } of screens) {
      await page.goto(path(made));
      await ready(dashboard);
      await expect.poll(() => page.getByRole('status', { name: 'Loading' }).count()).toBe(0);
      await look(name);
    }
    expect(found).toEqual([]);
  }, 180_000);
});

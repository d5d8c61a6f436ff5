import { expect } from 'vitest';
import { type Dashboard, test } from '../browser/dashboard.js';
import { photograph } from './camera.js';
import { type Scene, seed } from './seed.js';

const sizes = {
  light: { viewport: { width: 1440, height: 900 }, colorScheme: 'light' },
  dark: { viewport: { width: 1440, height: 900 }, colorScheme: 'dark' },
  phone: {
    viewport: { width: 390, height: 844 },
    deviceScaleFactor: 2,
    isMobile: true,
    hasTouch: true,
    colorScheme: 'light',
  },
} as const;

interface Shot {
  name: string;
  path: (scene: Scene) => string;
  /** What has to be there, and what is done before the picture is taken. */
  ready: (dashboard: Dashboard) => Promise<void>;
}

const shots: Shot[] = [
  {
    name: 'sessions',
    path: () => '/sessions',
    ready: ({ page }) => page.getByText('Shrink the hero images').waitFor(),
  },
  {
    name: 'threads',
    path: () => '/sessions?group=thread',
    ready: async ({ page }) => {
      await page.getByRole('button', { name: 'The 2 sessions of this thread' }).click();
      await page.getByText('Add a health check route').first().waitFor();
    },
  },
  {
    name: 'session',
    path: ({ sessionId }) => `/sessions/${sessionId}`,
    ready: async ({ conversation }) => {
      await conversation.getByText('The route is there').first().waitFor();
      await conversation.locator('.card .tok-keyword').first().waitFor();
    },
  },
  {
    name: 'waiting',
    path: ({ waitingId }) => `/sessions/${waitingId}`,
    ready: async ({ page, conversation }) => {
      await page.getByRole('button', { name: 'Allow for this session' }).waitFor();
      await conversation.locator('.card .tok-keyword').first().waitFor();
    },
  },
  {
    name: 'question',
    path: ({ askingId }) => `/sessions/${askingId}`,
    ready: ({ page }) => page.getByRole('button', { name: 'Answer' }).waitFor(),
  },
  {
    name: 'launch',
    path: () => '/sessions/new',
    ready: async ({ page }) => {
      await page
        .getByLabel('Prompt', { exact: true })
        .fill('Read the last ten incidents in docs/incidents and write down what they have in common.');
      await page.getByLabel('Folder', { exact: true }).fill('/srv/code/api');
      await page.keyboard.press('Escape');
    },
  },
  {
    name: 'runners',
    path: () => '/runners',
    ready: ({ page }) => page.getByRole('heading', { name: 'attic-nas' }).waitFor(),
  },
  {
    name: 'runner',
    path: ({ runnerId }) => `/runners/${runnerId}`,
    ready: ({ page }) => page.getByRole('heading', { name: 'build-server' }).waitFor(),
  },
  {
    name: 'usage',
    path: () => '/usage',
    ready: ({ page }) => page.locator('canvas').first().waitFor(),
  },
  {
    name: 'api-keys',
    path: () => '/settings/api-keys',
    ready: ({ page }) => page.getByText('nightly job in CI').first().waitFor(),
  },
  {
    name: 'palette',
    path: () => '/sessions',
    ready: async ({ page }) => {
      await page.getByText('Shrink the hero images').waitFor();
      await page.keyboard.press('Control+K');
      await page.getByRole('dialog').getByRole('combobox').pressSequentially('test');
      await page.getByRole('option', { name: /flaky/ }).first().waitFor();
    },
  },
];

test('every screen is photographed in light, in dark and on a phone', async ({ fleet, open }) => {
  const scene = await seed(fleet);
  try {
    for (const [size, profile] of Object.entries(sizes)) {
      const dashboard = await open(profile);
      await dashboard.page.goto('/');
      await dashboard.page.getByLabel('API key').waitFor();
      await photograph(dashboard.page, `sign-in-${size}`);
      await dashboard.enter(fleet.key);
      for (const { name, path, ready } of shots) {
        await dashboard.page.goto(path(scene));
        await ready(dashboard);
        await expect.poll(() => dashboard.page.getByRole('status', { name: 'Loading' }).count()).toBe(0);
        await photograph(dashboard.page, `${name}-${size}`);
      }
    }
  } finally {
    scene.end();
  }
});

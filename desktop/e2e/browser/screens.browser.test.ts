import { describe, expect } from 'vitest';
import type { Fleet } from '../../../runner-core/e2e/fleet.js';
import { text } from '../../../runner-core/e2e/model-server.js';
import { seriousInEveryColour } from './axe.js';
import { type Dashboard, test } from './dashboard.js';
import { assistant, thinking, toolCall } from './said.js';
import { ScriptedRunner } from './scripted-runner.js';

const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

/** A session with something of everything. @returns its path */
async function richSession(fleet: Fleet): Promise<string> {
  const runner = await ScriptedRunner.connect(fleet.url, fleet.key, { name: 'build-server' });
  const cwd = '/code/a-project-with-quite-a-long-name/packages/and-a-deep-folder/inside-of-it';
  const { id } = await fleet.launch({
    prompt:
      'Add a health check route, and say whatVeryLongIdentifiersWithoutAnySpacesInThemDoToTheLayoutOfAPhone',
    cwd,
    runnerId: runner.id,
    sharedCwd: true,
    labels: ['nightly', 'api'],
  });
  const held = await runner.take();
  const edit = {
    file_path: `${cwd}/src/routes.ts`,
    old_string: 'const a = 1;',
    new_string: 'const a = 2;\nconst b = 3;',
  };
  await held.say(
    thinking('The router is in src/routes.ts.'),
    assistant(
      '## Plan\n\n1. Add `GET /healthz`\n2. Test it\n\n| route | status |\n|---|---|\n| `/healthz` | 200 |\n\n```ts\nrouter.get("/healthz", (context) => { context.body = { status: "ok", uptime: process.uptime() }; });\n```',
    ),
    ...toolCall('Edit src/routes.ts', 'Edit', edit, 'The file was changed.'),
    ...toolCall('Bash npm test', 'Bash', { command: 'npm test' }, `ok 1\nok 2\n${'-'.repeat(300)}`),
    ...toolCall('Bash npm run lint', 'Bash', { command: 'npm run lint' }, 'src/routes.ts:1 error', true),
    ...toolCall('Grep healthz', 'Grep', { pattern: 'healthz' }, 'src/routes.ts\nsrc/routes.test.ts'),
    assistant('The route is there. See [the docs](https://example.com/docs).'),
  );
  const tokens = {
    inputTokens: 12_000,
    outputTokens: 3_400,
    cacheReadTokens: 80_000,
    cacheCreationTokens: 2_000,
  };
  const usage = { ...tokens, byModel: { 'claude-sonnet-4-5': { ...tokens, costUsd: 0.21 } } };
  await held.finish({
    status: 'SUCCEEDED',
    result: 'The route is there.',
    numTurns: 7,
    costUsd: 0.21,
    usage,
  });
  return `/sessions/${id}`;
}

/** Every screen: what the navigation leads to, and what it does not. */
async function everyScreen(dashboard: Dashboard, session: string): Promise<string[]> {
  const links = await dashboard.main
    .getByRole('link')
    .evaluateAll((all) => all.map((link) => link.getAttribute('href') ?? ''));
  expect(links).toEqual(expect.arrayContaining(['/sessions', '/runners']));
  const others = [
    '/sessions?q=nothing-fits-this',
    '/sessions/new',
    session,
    '/settings/api-keys',
    '/no-such-screen',
  ];
  return [...new Set([...links, ...others])];
}

async function show(dashboard: Dashboard, path: string): Promise<void> {
  await dashboard.page.goto(path);
  await dashboard.page.getByRole('heading').first().waitFor();
  if (path.startsWith('/sessions/clr'))
    await dashboard.conversation.getByText('The route is there.').first().waitFor();
  await expect.poll(() => dashboard.page.getByRole('status', { name: 'Loading' }).count()).toBe(0);
}

const unfold = ({ page }: Dashboard) =>
  page.evaluate(() => {
    for (const folded of document.querySelectorAll('details')) folded.open = true;
  });

test('axe finds nothing serious on the sign-in screen, nor on any screen behind it, light or dark', async ({
  fleet,
  open,
}) => {
  const session = await richSession(fleet);
  const dashboard = await open();
  await dashboard.page.goto('/');
  await dashboard.page.getByLabel('API key').waitFor();
  const found = [...(await seriousInEveryColour(dashboard.page))];
  await dashboard.enter(fleet.key);
  for (const path of await everyScreen(dashboard, session)) {
    await show(dashboard, path);
    await unfold(dashboard);
    found.push(...(await seriousInEveryColour(dashboard.page)).map((line) => `${path} ${line}`));
  }
  expect(found).toEqual([]);
}, 120_000);

describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
  test('what is written can be told from what it is written on: the screen is really that colour', async ({
    open,
  }) => {
    const { page } = await open({ colorScheme });
    await page.goto('/');
    await page.getByLabel('API key').waitFor();
    const lightness = await page.evaluate(() => {
      const canvas = new OffscreenCanvas(1, 1).getContext('2d');
      if (!canvas) return Number.NaN;
      canvas.fillStyle = getComputedStyle(document.documentElement).backgroundColor;
      canvas.fillRect(0, 0, 1, 1);
      const [red = 0, green = 0, blue = 0] = canvas.getImageData(0, 0, 1, 1).data;
      return (red + green + blue) / 3 / 255;
    });
    if (colorScheme === 'light') expect(lightness).toBeGreaterThan(0.9);
    else expect(lightness).toBeLessThan(0.15);
  });
});

test('on a phone nothing is wider than the screen, and nothing to be touched is tiny', async ({
  fleet,
  open,
}) => {
  const session = await richSession(fleet);
  const dashboard = await open(phone);
  await dashboard.enter(fleet.key);
  for (const path of await everyScreen(dashboard, session)) {
    await show(dashboard, path);
    await unfold(dashboard);
    const found = await dashboard.page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      const main = document.querySelector('main');
      const tiny = [...document.querySelectorAll('a, button, input, select, textarea, summary')].filter(
        (element) => {
          const { width, height } = element.getBoundingClientRect();
          const inText = getComputedStyle(element).display === 'inline';
          return (
            width > 1 &&
            !inText &&
            !element.matches('[type=radio], [type=checkbox]') &&
            (width < 24 || height < 24)
          );
        },
      );
      return {
        wide: Math.max(scrollWidth - clientWidth, main ? main.scrollWidth - main.clientWidth : 0),
        tiny: tiny.map((element) => element.outerHTML.slice(0, 120)),
      };
    });
    expect({ path, ...found }).toEqual({ path, wide: 0, tiny: [] });
  }
});

test('from a phone one launches, watches and follows up', async ({ fleet, model, open }) => {
  model.says(() => [text('Said to a phone.')]);
  const dashboard = await open(phone);
  const { page, conversation } = dashboard;
  await dashboard.enter(fleet.key);
  await dashboard.launch('speak to me', fleet.allowed);
  await conversation.getByText('Said to a phone.').waitFor();
  await page.getByRole('textbox', { name: 'Follow-up' }).fill('again');
  await page.getByRole('button', { name: 'Send' }).click();
  await conversation.getByText('again').waitFor();
  await conversation.getByText('Said to a phone.').nth(1).waitFor();
});

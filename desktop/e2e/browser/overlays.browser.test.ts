import { expect } from 'vitest';
import type { Fleet } from '../../../runner-core/e2e/fleet.js';
import { seriousInEveryColour } from './axe.js';
import { type Dashboard, test } from './dashboard.js';
import { assistant, toolCall } from './said.js';
import { scriptedSession } from './scripted-runner.js';

const sizes = {
  'a wide screen': { viewport: { width: 1280, height: 800 } },
  'a phone': { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true },
};

/** What stands over a screen, how it is opened, and what is there once it is. */
interface Overlay {
  name: string;
  path: string;
  open: (dashboard: Dashboard) => Promise<void>;
}

const press = ({ page }: Dashboard, name: string) => page.getByRole('button', { name, exact: true }).click();

function overlays(session: string, runner: string): Overlay[] {
  return [
    {
      name: 'the account menu',
      path: '/sessions',
      async open(dashboard) {
        await press(dashboard, 'Account and appearance');
        await dashboard.page.getByRole('menuitem', { name: 'Appearance' }).waitFor();
      },
    },
    {
      name: 'the palette',
      path: '/sessions',
      async open(dashboard) {
        const { page } = dashboard;
        await dashboard.heading('Sessions').waitFor();
        await page.keyboard.press('ControlOrMeta+K');
        await page
          .getByRole('option', { name: /paint the fence/ })
          .first()
          .waitFor();
      },
    },
    {
      name: 'the shortcuts',
      path: session,
      async open({ page, conversation }) {
        await conversation.getByText('Painted.').waitFor();
        await page.keyboard.press('?');
        await page.getByRole('dialog').getByText('Find in the session').waitFor();
      },
    },
    {
      name: 'the list of folders',
      path: '/sessions/new',
      async open({ page }) {
        await page.getByLabel('Folder', { exact: true }).click();
        await page.getByRole('listbox').getByRole('option').first().waitFor();
      },
    },
    {
      name: 'the menu of a line',
      path: session,
      async open({ page, conversation }) {
        await conversation.getByText('Painted.').hover();
        const row = page.locator('.row', { hasText: 'Painted.' });
        await row.getByRole('button', { name: /^More about/ }).click();
        await page.getByRole('menuitem', { name: /Raw JSON/ }).waitFor();
      },
    },
    {
      name: 'the raw log',
      path: session,
      async open(dashboard) {
        await dashboard.conversation.getByText('Painted.').waitFor();
        await press(dashboard, 'Raw log');
        await dashboard.page.getByRole('dialog').getByText('"seq": 1').first().waitFor();
      },
    },
    {
      name: 'find',
      path: session,
      async open(dashboard) {
        await dashboard.conversation.getByText('Painted.').waitFor();
        await press(dashboard, 'Find in session');
        await dashboard.page.getByRole('searchbox', { name: 'Find in session' }).fill('painted');
        await dashboard.page.getByText('1 of 1', { exact: true }).waitFor();
      },
    },
    {
      name: 'a runner’s pause',
      path: runner,
      async open(dashboard) {
        await press(dashboard, 'Pause painter');
        await dashboard.page.getByLabel(/^Why/).waitFor();
      },
    },
    {
      name: 'a question',
      path: runner,
      async open(dashboard) {
        await press(dashboard, 'Forget');
        await dashboard.page.getByRole('alertdialog').waitFor();
      },
    },
    {
      name: 'a toast',
      path: '/sessions/new',
      async open({ page }) {
        await page.getByLabel('Prompt', { exact: true }).fill('paint another one');
        await page.getByLabel('Folder', { exact: true }).fill('/not/anywhere');
        await page.getByRole('button', { name: 'Launch', exact: true }).click();
        await page.getByRole('button', { name: 'Take back' }).waitFor();
      },
    },
  ];
}

/** A session that was painted. @returns its path and its runner's */
async function painted(fleet: Fleet): Promise<[session: string, runner: string]> {
  const { id, runner, held } = await scriptedSession(
    fleet,
    { prompt: 'paint the fence', cwd: '/code/fence' },
    { name: 'painter', directories: ['/code/fence', '/code/gate'] },
  );
  const edit = {
    file_path: '/code/fence/paint.ts',
    old_string: '',
    new_string: '// A comment.\nexport const a = "b";',
  };
  await held.say(...toolCall('Edit paint.ts', 'Edit', edit, 'ok'), assistant('Painted.'));
  await held.finish({ status: 'SUCCEEDED' });
  return [`/sessions/${id}`, `/runners/${runner.id}`];
}

test.for(Object.entries(sizes))(
  'axe finds nothing serious in what opens over a screen, light or dark, on %s',
  { timeout: 120_000 },
  async ([, size], { fleet, open }) => {
    const dashboard = await open(size);
    await dashboard.enter(fleet.key);
    const found: string[] = [];
    for (const overlay of overlays(...(await painted(fleet)))) {
      await dashboard.page.goto(overlay.path);
      await overlay.open(dashboard);
      found.push(...(await seriousInEveryColour(dashboard.page)).map((line) => `${overlay.name} ${line}`));
    }
    expect(found).toEqual([]);
  },
);

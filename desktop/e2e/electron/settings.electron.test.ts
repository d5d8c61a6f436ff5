import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { answerDialogs } from './hands.js';
import { test, whenInstalled } from './test.js';

interface SeenRunner {
  name: string;
  state: string;
  maxConcurrentRuns: number;
  directories: string[];
}

test('what is changed on this computer takes effect at once, is kept, and a bad value is refused in words', async ({
  fleet,
  connected,
}) => {
  const { computer, app } = await connected();
  await answerDialogs(app, { button: 'Allow it' });
  const page = await app.page();
  await page.getByRole('link', { name: 'This computer', exact: true }).click();
  const name = page.getByLabel('Name of this computer');
  await name.fill('tower');
  await name.press('Enter');
  const atOnce = page.getByLabel('Sessions at once');
  await atOnce.fill('0');
  // Also who does not know of Enter is told what is wrong, and where.
  await page.getByRole('button', { name: 'Apply', exact: true }).click();
  await page.getByText('A whole number from 1 to 256.').waitFor();
  await page.getByText('Correct first: sessions at once.').waitFor();
  await atOnce.fill('7');
  await atOnce.press('Enter');
  const notify = page.getByLabel(/Notify when a session has finished/);
  // It shows what is kept, so it changes when the app has kept it, not with the click.
  await notify.click();
  await expect.poll(() => notify.isChecked()).toBe(false);
  await page.getByRole('link', { name: 'Appearance' }).click();
  await page.getByRole('radio', { name: /Dark/ }).click();
  await expect.poll(() => app.electron.evaluate(({ nativeTheme }) => nativeTheme.themeSource)).toBe('dark');
  const seen = async () =>
    (await fleet.get<{ data: SeenRunner[] }>('/runners')).data.find((each) => each.name === 'tower');
  await expect
    .poll(seen, { timeout: 15_000 })
    .toMatchObject({ maxConcurrentRuns: 7, directories: [computer.code] });
  expect(computer.readSettings()).toMatchObject({
    name: 'tower',
    maxConcurrentRuns: 7,
    notifyFinished: false,
    theme: 'dark',
  });
});

test('a diagnostics bundle is saved where it was asked for, without the key and the user’s home', async ({
  fleet,
  connected,
}) => {
  const { computer, app } = await connected();
  const page = await app.page();
  const file = join(computer.home, 'bundle.json');
  await answerDialogs(app, { files: [file] });
  await page.getByRole('link', { name: 'This computer', exact: true }).click();
  await page.getByRole('button', { name: 'Save a diagnostics bundle…' }).click();
  await page.getByText(`✓ Saved as ${file}`).waitFor();
  const bundle = readFileSync(file, 'utf8');
  expect(bundle).toContain('"phase": "online"');
  expect(bundle).not.toContain(fleet.key);
  await page.getByRole('button', { name: 'Show the log' }).click();
  await app.hasTold(({ files }) => files.some((each) => each.endsWith('agentfleet.log')));
});

test('a folder is added with the system’s dialog and taken away again; without one nothing can run', async ({
  connected,
}) => {
  const { computer, app } = await connected();
  const page = await app.page();
  await page.getByRole('link', { name: 'This computer', exact: true }).click();
  await answerDialogs(app, { files: [computer.home], button: 'Allow it' });
  await page.getByRole('button', { name: 'Add a folder…' }).click();
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect.poll(() => computer.readSettings().directories).toEqual([computer.code, computer.home]);
  for (const folder of [computer.code, computer.home]) {
    await page.getByRole('button', { name: `Remove ${folder}`, exact: true }).click();
  }
  await page.getByText('Without a folder no session can run on this computer.').waitFor();
  await page.getByText('Not applied yet: the folders.').waitFor();
  expect(computer.readSettings().directories).toEqual([computer.code, computer.home]);
  await page.getByRole('button', { name: 'Apply' }).click();
  await app.hasTold(({ tray }) => tray?.tooltip === 'AgentFleet: not set up yet');
});

test('a settings file that cannot be written is said, and the app goes on', async ({ connected }) => {
  const { computer, app } = await connected();
  const page = await app.page();
  await page.getByRole('link', { name: 'This computer', exact: true }).click();
  // What would be written beside it first is a folder.
  mkdirSync(join(computer.userData, 'settings.json.new'));
  await page.getByLabel(/Notify when a session has failed/).click();
  await page.getByRole('alert').first().waitFor();
  expect(computer.readSettings().notifyFailed).not.toBe(false);
  expect(app.hasEnded).toBe(false);
});

whenInstalled(
  'starting at login is written where the desktop looks for it; what the system refuses is said and not kept',
  async ({ connected }) => {
    const { computer, app } = await connected();
    const page = await app.page();
    const folder = join(computer.home, '.config', 'autostart');
    const entry = join(folder, 'agentfleet.desktop');
    await page.getByRole('link', { name: 'This computer', exact: true }).click();
    const atLogin = page.getByLabel(/Start at login/);
    writeFileSync(folder, 'in the way');
    await atLogin.click();
    await page.getByText(/This computer does not take it/).waitFor();
    expect(await atLogin.isChecked()).toBe(false);
    expect(computer.readSettings().openAtLogin).not.toBe(true);
    rmSync(folder);
    await atLogin.click();
    await expect
      .poll(() => existsSync(entry) && readFileSync(entry, 'utf8'))
      .toMatch(/^Exec=".*" "--hidden"$/m);
    await expect.poll(() => atLogin.isChecked()).toBe(true);
    await atLogin.click();
    await expect.poll(() => existsSync(entry)).toBe(false);
  },
);

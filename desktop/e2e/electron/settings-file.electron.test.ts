import { mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { answerDialogs, ask } from './hands.js';
import { test } from './test.js';

test('a settings file that cannot be read is never written over, and holds as soon as it can be read', async ({
  fleet,
  aComputer,
  start,
}) => {
  const computer = aComputer();
  const file = join(computer.userData, 'settings.json');
  mkdirSync(file);
  const app = await start(computer, { env: { AGENTFLEET_API_KEY: fleet.key } });
  const page = await app.page();
  await page
    .getByText(/^The settings file cannot be read: .*settings\.json is a folder\. .* nothing is saved until/)
    .waitFor();
  await app.hasTold(({ tray }) => /settings file cannot be read/.test(tray?.tooltip ?? ''));
  expect(await ask(app, 'applySettings', { theme: 'dark' })).toMatchObject({
    ok: false,
    message: expect.stringContaining('The settings file cannot be read'),
  });
  expect(await ask(app, 'signIn', { server: fleet.url })).toMatchObject({ ok: false });
  await page.getByRole('button', { name: 'Read it again' }).click();
  await page.getByText(/^The settings file cannot be read/).waitFor();
  expect(readdirSync(file)).toEqual([]);

  rmdirSync(file);
  computer.writeSettings({ version: 2, server: fleet.url, directories: [computer.code], name: 'mill' });
  await page.getByRole('button', { name: 'Read it again' }).click();
  await app.hasTold(({ tray }) => tray?.tooltip === 'AgentFleet: online');
  expect(await page.getByText(/settings file cannot be read/).count()).toBe(0);
});

test('only its owner sets a file aside that cannot be read', async ({ aComputer, start }) => {
  const computer = aComputer();
  const file = join(computer.userData, 'settings.json');
  mkdirSync(join(file, 'precious'), { recursive: true });
  const app = await start(computer);
  const page = await app.page();
  const setAside = page.getByRole('button', { name: 'Set it aside…' });
  await answerDialogs(app, { button: 'Leave it' });
  await setAside.click();
  await app.hasTold(({ dialogs }) => dialogs.length === 1);
  await setAside.and(page.locator(':enabled')).waitFor();
  expect(readdirSync(file)).toEqual(['precious']);

  await answerDialogs(app, { button: 'Set it aside' });
  await setAside.click();
  await page.getByText(`The settings file lies as ${file}.aside now. It was not changed.`).waitFor();
  expect(readdirSync(`${file}.aside`)).toEqual(['precious']);
  expect(await ask(app, 'applySettings', { theme: 'dark' })).toMatchObject({ ok: true });
  expect(computer.readSettings()).toMatchObject({ theme: 'dark' });
});

test('what a newer version of the app has written outlives a change that is made with this one', async ({
  connected,
}) => {
  const newer = {
    version: 7,
    theme: 'sepia',
    permissionModes: ['default', 'auto'],
    quickLaunch: { keys: ['F9'] },
    panes: { left: 3 },
  };
  const { computer, app } = await connected({ settings: newer });
  expect(await ask(app, 'applySettings', { notifyFinished: false })).toMatchObject({ ok: true });
  expect(computer.readSettings()).toMatchObject({ ...newer, notifyFinished: false });
  await app.quit();
  expect(computer.readSettings()).toMatchObject(newer);
});

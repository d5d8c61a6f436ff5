import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { answerDialogs } from './hands.js';
import { test } from './test.js';

test('each folder says whether it is open and what it gives away, and as many are counted as really are', async ({
  aComputer,
  connected,
}) => {
  const computer = aComputer();
  const [missing, file] = [join(computer.home, 'missing'), join(computer.home, 'file')];
  writeFileSync(file, '');
  const directories = [computer.code, missing, file, computer.home, '/'];
  const { app } = await connected({ computer, settings: { directories } });
  const page = await app.page();
  await page.getByRole('link', { name: 'This computer', exact: true }).click();
  const folders = page.getByRole('list', { name: 'Folders' }).getByRole('listitem');
  const says = (index: number, words: RegExp) => folders.nth(index).getByText(words).waitFor();
  await says(1, /does not exist/);
  await says(2, /is not a directory/);
  await says(3, /your whole home/);
  await says(4, /everything on this computer/);
  expect(await folders.nth(0).innerText()).toMatch(/^\S+code\s+Remove$/);
  await page.getByText('3 of 5 folders are open.').waitFor();
  mkdirSync(missing);
  rmSync(file);
  await page.getByRole('button', { name: 'Check again' }).click();
  await page.getByText('4 of 5 folders are open.').waitFor();
  expect(await page.getByText(/nothing outside/).count()).toBe(0);
  await page.getByText(/a command it runs can reach whatever you can/).waitFor();
});

test('bypassPermissions is off, also where an older version had it on, until its owner turns it on and is told what it means', async ({
  connected,
}) => {
  const old = ['default', 'acceptEdits', 'bypassPermissions', 'plan'];
  const { computer, app } = await connected({ settings: { version: 1, permissionModes: old } });
  const page = await app.page();
  await page.getByRole('link', { name: 'This computer', exact: true }).click();
  await page.getByText(/bypassPermissions was turned off/).waitFor();
  const bypass = page.getByLabel(/^bypassPermissions/);
  expect(await bypass.isChecked()).toBe(false);
  const turnOn = async () => {
    await bypass.check();
    await page.getByRole('button', { name: 'Apply', exact: true }).click();
  };
  await turnOn();
  await page.getByText('Nothing was changed.').waitFor();
  const { dialogs } = await app.told();
  expect(dialogs.at(-1)?.detail).toMatch(/asks nobody: it runs any command, changes any file of yours/);
  await answerDialogs(app, { button: 'Allow it' });
  await page.getByRole('button', { name: 'Apply', exact: true }).click();
  await expect.poll(() => computer.readSettings().permissionModes).toContain('bypassPermissions');
});

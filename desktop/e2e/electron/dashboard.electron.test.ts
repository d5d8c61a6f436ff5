import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { answerDialogs } from './hands.js';
import { test } from './test.js';

test('what a screen makes is saved where the person says, and nowhere without them', async ({
  connected,
  fleet,
}) => {
  const { computer, app } = await connected();
  const page = await app.page();
  const { id } = await fleet.launch({ cwd: computer.code, prompt: 'to be kept' });
  await fleet.ended(id);
  await page.getByText('to be kept', { exact: true }).first().click();
  await page.getByRole('button', { name: 'Raw log' }).click();
  const all = page.getByRole('dialog').getByRole('button', { name: 'Download all (JSON lines)' });
  // The system's dialog is dismissed; the button can be pressed again once that is over.
  await all.click();
  await app.hasTold(({ places }) => places.length === 1);
  expect((await app.told()).places[0]).toMatch(new RegExp(`session-${id}\\.jsonl$`));
  const file = join(computer.home, 'kept.jsonl');
  await answerDialogs(app, { files: [file] });
  await all.click();
  await app.hasTold(({ places }) => places.length === 2);
  await expect.poll(() => existsSync(file) && readFileSync(file, 'utf8')).toMatch(/\n$/);
  const seqs = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).seq);
  expect(seqs).toEqual(seqs.map((_seq, index) => index + 1));
});

test('the lines for another machine and the way to the reference have the server’s address', async ({
  connected,
  fleet,
}) => {
  const { app } = await connected();
  const page = await app.page();
  await page.getByRole('link', { name: 'Runners' }).click();
  await page.getByText('Connect a runner').click();
  await app.shows(fleet.url);
  expect(await app.inPage('document.body.innerText')).not.toContain('app://');
  await page.getByRole('button', { name: 'Account and appearance' }).click();
  await page.getByRole('menuitem', { name: 'API reference' }).waitFor();
  // A click of Playwright's would wait for a page that never comes: the address goes to the user's browser.
  await app.inPage(`document.querySelector('a[href$="/docs"]').click(); undefined`);
  await app.hasTold(({ links }) => links.includes(`${fleet.url}/docs`));
  expect(await app.windows()).toBe(1);
});

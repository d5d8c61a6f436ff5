import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InputOf, Reply } from '@agentfleet/bridge';
import { expect } from 'vitest';
import { until } from '../../../runner-core/e2e/fleet.js';
import { answerDialogs, ask, copyText } from './hands.js';
import { test } from './test.js';

const applied = (reply: Reply) => (reply.ok ? (reply.output as { outcome: string }).outcome : reply.message);

test('what a page asks for beyond what this computer allows holds only when its owner agrees in a dialog with old and new', async ({
  fleet,
  connected,
}) => {
  const { computer, app } = await connected({
    settings: { permissionModes: ['plan', 'default'], maxConcurrentRuns: 2, approvals: false },
  });
  await (await app.page()).getByRole('heading', { name: 'Sessions', level: 1 }).waitFor();
  const evil = join(computer.home, 'evil.sh');
  const evidence = join(computer.home, 'ran');
  writeFileSync(evil, `#!/bin/sh\ntouch '${evidence}'\n`);
  chmodSync(evil, 0o755);
  const before = computer.readSettings();
  const wider: [InputOf<'applySettings'>, RegExp][] = [
    [{ claudePath: evil }, /now: the claude that this computer finds by itself\n.*then: \S*evil\.sh/],
    [
      { directories: [computer.code, computer.home] },
      /now: \S*code\n.*then: also \S+\nIt is your whole home/,
    ],
    [{ permissionModes: ['plan', 'bypassPermissions'] }, /then: also bypassPermissions\n.*asks nobody/],
    [{ maxConcurrentRuns: 3 }, /now: 2\n.*then: 3/],
    [{ approvals: true }, /now: is denied at once/],
  ];
  const asked = async () => (await app.told()).dialogs;
  for (const [patch, words] of wider.slice(0, 3)) {
    expect(applied(await ask(app, 'applySettings', patch))).toBe('declined');
    expect((await asked()).at(-1)).toMatchObject({
      message: 'Allow more on this computer?',
      detail: expect.stringMatching(words),
    });
  }
  // Who does not take no for an answer is not heard for a while.
  const count = (await asked()).length;
  expect(applied(await ask(app, 'applySettings', { claudePath: evil }))).toMatch(/refused several times/);
  expect(await asked()).toHaveLength(count);
  for (const name of ['claudePath', 'directories', 'permissionModes', 'maxConcurrentRuns', 'approvals']) {
    expect(computer.readSettings()[name], name).toEqual(before[name]);
  }
  const run = await fleet.launch({ cwd: computer.code, prompt: 'one' });
  await fleet.ended(run.id);
  expect(existsSync(evidence)).toBe(false);
});

test('with its owner’s word it holds; narrowing, and what has nothing to do with it, is free', async ({
  connected,
}) => {
  const { computer, app } = await connected({
    settings: { permissionModes: ['plan'], maxConcurrentRuns: 4 },
  });
  await app.page();
  const free: InputOf<'applySettings'>[] = [
    { maxConcurrentRuns: 2 },
    { approvals: false },
    { name: 'attic', keepAwake: false, theme: 'dark', notifyFailed: false },
    { directories: [computer.code] },
  ];
  for (const patch of free) expect(applied(await ask(app, 'applySettings', patch))).toBe('applied');
  expect((await app.told()).dialogs).toEqual([]);
  await answerDialogs(app, { button: 'Allow it' });
  const wider = { maxConcurrentRuns: 9, permissionModes: ['plan' as const, 'acceptEdits' as const] };
  expect(applied(await ask(app, 'applySettings', wider))).toBe('applied');
  expect(computer.readSettings()).toMatchObject(wider);
  expect((await app.told()).dialogs).toHaveLength(1);
  // What a person has just picked in the system's own dialog was theirs to pick; the home is asked about all the same.
  const other = join(computer.home, 'tools');
  await answerDialogs(app, { files: [other] });
  await ask(app, 'pickFolder', undefined);
  expect(applied(await ask(app, 'applySettings', { directories: [computer.code, other] }))).toBe('applied');
  await answerDialogs(app, { files: [computer.home] });
  await ask(app, 'pickFolder', undefined);
  expect(applied(await ask(app, 'applySettings', { directories: [computer.home] }))).toBe('declined');
  expect(computer.readSettings().directories).toEqual([computer.code, other]);
});

test('a page sends no copied key to a server of its choice, and connects this computer to none', async ({
  fleet,
  connected,
}) => {
  const { computer, app } = await connected();
  await (await app.page()).getByRole('heading', { name: 'Sessions', level: 1 }).waitFor();
  // The same server by another name: to the app it is another one.
  const elsewhere = fleet.url.replace('127.0.0.1', 'localhost');
  await copyText(app, fleet.key);
  const reply = await ask(app, 'pasteKey', { server: elsewhere });
  expect(reply).toMatchObject({ ok: true, output: { ok: false } });
  const { dialogs } = await app.told();
  expect(dialogs.at(-1)).toMatchObject({
    message: `Send the copied key to ${elsewhere}?`,
    detail: expect.stringContaining(`now: ${fleet.url}`),
  });
  expect(await ask(app, 'keepKey', { server: elsewhere, where: 'session' })).toMatchObject({ ok: false });
  expect(computer.readSettings().server).toBe(fleet.url);
});

test('the clipboard holds no key any more once it was taken, and keeps one that was not', async ({
  fleet,
  aComputer,
  start,
}) => {
  const app = await start(aComputer());
  const page = await app.page();
  const clipboard = () => app.electron.evaluate(({ clipboard }) => clipboard.readText());
  await page.getByLabel('Server address').fill('http://127.0.0.1:9');
  await copyText(app, ` ${fleet.key}\n`);
  await page.getByRole('button', { name: 'Paste the copied key' }).click();
  await page.getByRole('alert').first().waitFor();
  expect(await clipboard()).toContain(fleet.key);
  await page.getByLabel('Server address').fill(fleet.url);
  await page.getByRole('button', { name: 'Paste the copied key' }).click();
  await until(async () => (await clipboard()) === '');
});

import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { claude } from '../../../runner-core/e2e/fleet.js';
import type { Computer } from './computer.js';
import { test } from './test.js';

/** What would mean something to every shell, and to a program that takes it for an option. */
const hostileName = `-x $(touch evil) & "a b" 'c' ; \`touch evil\` %PATH%`;

/** A program of the user's that writes down where it was started, with which words, and what it inherited beside them. */
function aProgram(computer: Computer, name: string): () => string[] {
  const file = join(computer.home, 'tools', name);
  const said = join(computer.home, `${name}.said`);
  const lines = [
    // A shell of its own looks: this one opens more while it redirects.
    `/bin/sh -c 'ls -l "/proc/$PPID/fd" > "$0"' '${said}.inherited'`,
    `env | grep '^AGENTFLEET_API_KEY=' > '${said}.new'`,
    `printf '%s\\n' "$PWD" "$@" >> '${said}.new'`,
    `mv '${said}.new' '${said}'`,
  ];
  writeFileSync(file, ['#!/bin/sh', ...lines, ''].join('\n'));
  chmodSync(file, 0o755);
  return () => {
    if (!existsSync(said)) return [];
    const inherited = readFileSync(`${said}.inherited`, 'utf8').matchAll(/ (\d+) -> (.*)$/gm);
    // The shell has its own script open.
    const foreign = [...inherited].filter(([, number, place]) => Number(number) > 2 && place !== file);
    return [
      ...readFileSync(said, 'utf8').trimEnd().split('\n'),
      ...foreign.map(([, , place]) => `inherited ${place}`),
    ];
  };
}

test('the folder of a session opens in the user’s own programs, a dropped one begins a session, and nothing outside opens', async ({
  aComputer,
  connected,
  fleet,
  lane,
}) => {
  const computer = aComputer();
  const terminal = aProgram(computer, 'x-terminal-emulator');
  const editor = aProgram(computer, 'code');
  const { app } = await connected({ computer });
  const page = await app.page();
  const folder = join(computer.code, hostileName);
  mkdirSync(folder);
  const { id } = await fleet.launch({ cwd: folder, prompt: 'to be opened' });
  await fleet.ended(id);
  await page.getByText('to be opened', { exact: true }).first().click();
  const open = async (way: string) => {
    await page.getByRole('button', { name: 'Open the folder' }).click();
    await page.getByRole('menuitem', { name: way }).click();
  };
  await open('Open in terminal');
  await expect.poll(terminal, { timeout: 15_000 }).toEqual([folder]);
  await open('Open in editor');
  await expect.poll(editor, { timeout: 15_000 }).toEqual([folder, folder]);
  await open('Reveal');
  await app.hasTold(({ files }) => files.includes(folder));
  expect(readdirSync(folder)).toEqual([]);

  const answer = await app.inPage(
    `window.agentfleet.ask('openPlace', { path: ${JSON.stringify(computer.home)}, how: 'reveal' })`,
  );
  expect(answer).toMatchObject({ ok: false, message: expect.stringMatching(/is not in one of the folders/) });

  await page.getByRole('link', { name: 'Runners' }).click();
  await page.getByRole('list', { name: 'Runners' }).getByText('This computer', { exact: true }).waitFor();

  if (lane.isStandIn) {
    // What is dropped there has no path: the main process is told as the preload script tells it.
    await app.inPage(
      `window.agentfleet.ask('dropPlace', ${JSON.stringify({ path: folder, isFolder: true })})`,
    );
  } else {
    const hand = await page.context().newCDPSession(page);
    const data = { items: [], files: [folder], dragOperationsMask: 1 };
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
      await hand.send('Input.dispatchDragEvent', { type, x: 300, y: 300, data });
    }
    // Electrons that cannot tell the path of a file say nothing.
    const knows = await app.electron.evaluate(() => Number(process.versions.electron.split('.')[0]) >= 32);
    if (!knows)
      await app.inPage(
        `window.agentfleet.ask('dropPlace', ${JSON.stringify({ path: folder, isFolder: true })})`,
      );
  }
  await page.getByRole('heading', { name: 'New session' }).waitFor();
  await expect.poll(() => page.getByRole('combobox', { name: 'Folder' }).inputValue()).toBe(folder);
  await page.getByRole('button', { name: 'Choose…' }).waitFor();
  // Without a scroll, in the window as it opens.
  const launch = await page.getByRole('button', { name: 'Launch', exact: true }).boundingBox();
  expect((launch?.y ?? 9_999) + (launch?.height ?? 0)).toBeLessThanOrEqual(
    await page.evaluate(() => innerHeight),
  );
  expect(app.hasEnded).toBe(false);

  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Set keys…' }).click();
  await page.keyboard.press('Control+Alt+F9');
  await page.getByText('Ctrl + Alt + F9').waitFor();
  expect(computer.readSettings().quickLaunch).toBe('Control+Alt+F9');
  expect(
    await app.electron.evaluate(({ globalShortcut }) => globalShortcut.isRegistered('Control+Alt+F9')),
  ).toBe(true);
});

test('the first run says what comes next, where a key is made, and opens a terminal with Claude Code', async ({
  aComputer,
  fleet,
  start,
}) => {
  const computer = aComputer();
  const terminal = aProgram(computer, 'x-terminal-emulator');
  const app = await start(computer, { env: { ANTHROPIC_API_KEY: '' } });
  const page = await app.page();
  await page.getByText('Step 1 of 3: give the address of your server').waitFor();
  await page.getByLabel('Server address').fill(fleet.url);
  await page.getByLabel('Server address').press('Enter');
  await page.getByText('Step 2 of 3: sign in, or paste a key').waitFor();
  const next = page.getByRole('region', { name: 'Next step' });
  expect((await next.boundingBox())?.y).toBeLessThan(await page.evaluate(() => innerHeight));
  await page.getByRole('link', { name: `${fleet.url}/settings/api-keys` }).waitFor();
  // After the checks, which run Claude Code.
  await page.getByRole('button', { name: 'Run Claude Code once' }).click({ timeout: 45_000 });
  await expect.poll(terminal, { timeout: 15_000 }).toEqual([computer.home, '-e', claude]);
});

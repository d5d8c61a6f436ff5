import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatApiKey } from '@agentfleet/contract';
import { expect } from 'vitest';
import { answerDialogs, connect, copyText } from './hands.js';
import { test, withKeychain, withoutKeychain } from './test.js';

withKeychain(
  'a computer is connected in three steps, and its key is kept for the next start',
  async ({ fleet, aComputer, start }) => {
    const computer = aComputer();
    const app = await start(computer);
    const page = await app.page();
    await page.getByRole('heading', { name: 'Connect this computer' }).waitFor();
    await connect(app, page, fleet.url, fleet.key);
    await page.getByLabel('Name of this computer').fill('mill');
    await page.getByLabel('Name of this computer').press('Enter');
    await page.getByText('● You are online as mill.').waitFor();
    const { data } = await fleet.get<{ data: { name: string; online: boolean; directories: string[] }[] }>(
      '/runners',
    );
    expect(data).toMatchObject([{ online: true, directories: [computer.code] }]);
    await page.getByRole('button', { name: 'Open the dashboard' }).click();
    await page.getByRole('heading', { name: 'Sessions', level: 1 }).waitFor();

    const inPage = await page.evaluate(
      () => document.documentElement.outerHTML + JSON.stringify({ ...localStorage }),
    );
    expect(inPage).not.toContain(fleet.key);
    for (const text of textsBelow(computer.userData)) expect(text).not.toContain(fleet.key);

    await app.quit();
    const again = await start(computer);
    const next = await again.page();
    await next.getByRole('heading', { name: 'Sessions', level: 1 }).waitFor();
    await again.hasTold(({ tray }) => tray?.tooltip === 'AgentFleet: online');
    // A keychain outlives the test.
    await answerDialogs(again, { button: 'Forget it' });
    await next.getByRole('link', { name: 'This computer' }).click();
    await next.getByRole('button', { name: 'Forget the key' }).click();
    await next.getByRole('heading', { name: 'Connect this computer' }).waitFor();
  },
);

test('what is no key, and a key the server does not take, are refused in words', async ({
  fleet,
  aComputer,
  start,
}) => {
  const app = await start(aComputer());
  const page = await app.page();
  await copyText(app, 'my shopping list');
  const paste = page.getByRole('button', { name: 'Paste the copied key' });
  await paste.click();
  await page.getByText('Give the address of the server first.').waitFor();
  await page.getByLabel('Server address').fill('ftp://elsewhere');
  await page.getByLabel('Server address').press('Enter');
  await page.getByText('An address such as https://your-host, without a name or password.').waitFor();
  await page.getByLabel('Server address').fill(fleet.url);
  await paste.click();
  await page.getByText(/The clipboard holds no AgentFleet key/).waitFor();
  // Well formed, of another server.
  await copyText(app, formatApiKey(randomBytes));
  await paste.click();
  await page.getByText(/The server does not take this key/).waitFor();
  expect(await page.getByRole('button', { name: 'Open the dashboard' }).count()).toBe(0);
});

withoutKeychain(
  'without a keychain the key is used until the app quits, and never written',
  async ({ fleet, aComputer, start }) => {
    const computer = aComputer({ keychain: false });
    const app = await start(computer);
    const page = await app.page();
    await page.getByLabel('Server address').fill(fleet.url);
    await copyText(app, fleet.key);
    await page.getByRole('button', { name: 'Paste the copied key' }).click();
    await page.getByText('this computer has no keychain that takes it').waitFor();
    await page.getByText('AGENTFLEET_API_KEY').waitFor();
    await page.getByRole('button', { name: 'Use it until the app quits' }).click();
    await page.getByText('until the app quits; it is not stored').waitFor();
    for (const text of textsBelow(computer.userData)) expect(text).not.toContain(fleet.key);
    await app.quit();
    const again = await start(computer);
    await (await again.page()).getByRole('heading', { name: 'Connect this computer' }).waitFor();
  },
);

test('a missing Claude Code is found out, with the mend beside it', async ({ aComputer, start }) => {
  const computer = aComputer();
  const app = await start(computer, {
    env: { AGENTFLEET_CLAUDE_PATH: '', PATH: join(computer.home, 'tools') },
  });
  const page = await app.page();
  const checks = page.getByRole('region', { name: 'Checks of this computer' });
  await checks.getByText(/Install Claude Code, or choose its executable in the settings/).waitFor();
  await checks.getByText('1 to mend.').waitFor();
});

test('the environment’s server is suggested, and a key there that is none is found out', async ({
  aComputer,
  start,
}) => {
  const env = { AGENTFLEET_URL: 'https://fleet.example/', AGENTFLEET_API_KEY: 'af_live_typo' };
  const page = await (await start(aComputer(), { env })).page();
  await expect.poll(() => page.getByLabel('Server address').inputValue()).toBe('https://fleet.example');
  const checks = page.getByRole('region', { name: 'Checks of this computer' });
  await checks.getByText('AGENTFLEET_API_KEY holds no AgentFleet key').waitFor();
});

test('a settings file full of nonsense still opens the app, with a word about each value', async ({
  aComputer,
  start,
}) => {
  const computer = aComputer();
  computer.writeSettings({ server: 'not an address', maxConcurrentRuns: -1, name: 'mill', theme: 'pink' });
  const page = await (await start(computer)).page();
  for (const name of ['server', 'maxConcurrentRuns', 'theme']) {
    await page.getByText(`The setting ${name} was not valid`).waitFor();
  }
  const other = aComputer();
  other.writeSettings('{"server":');
  await (await (await start(other)).page()).getByText('The settings file was damaged.').waitFor();
});

/** Of every file below a folder. */
function textsBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'));
}

test('the first screen has one primary button at each step: that of the next one', async ({
  fleet,
  aComputer,
  start,
}) => {
  const computer = aComputer();
  const app = await start(computer, { env: { AGENTFLEET_API_KEY: '' } });
  const page = await app.page();
  const primary = () => page.locator('.button.primary:visible').allInnerTexts();
  await expect.poll(primary).toEqual(['Sign in with the browser']);
  await page.getByLabel('Server address').fill(fleet.url);
  await page.getByLabel('Server address').press('Enter');
  await page.getByText('Step 2 of 3').waitFor();
  await expect.poll(primary).toEqual(['Sign in with the browser']);
  await page.getByRole('button', { name: 'Sign in with the browser' }).click();
  await expect.poll(primary).toEqual(['Open the page again']);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect.poll(primary).toEqual(['Sign in with the browser']);
  await copyText(app, fleet.key);
  await page.getByRole('button', { name: 'Paste the copied key' }).click();
  const forNow = page.getByRole('button', { name: 'Use it until the app quits' });
  const folder = page.getByText('Step 3 of 3: add a folder');
  await forNow.or(folder).first().waitFor();
  if (await forNow.isVisible()) await forNow.click();
  await folder.waitFor();
  await expect.poll(primary).toEqual(['Add a folder…']);
  await answerDialogs(app, { files: [computer.code] });
  await page.getByRole('button', { name: 'Add a folder…' }).click();
  await expect.poll(primary).toEqual(['Open the dashboard']);
});

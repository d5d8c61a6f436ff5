import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AppState } from '@agentfleet/bridge';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { modelMessages, text, toolUse } from '../../../runner-core/e2e/model-server.js';
import type { Computer } from './computer.js';
import { answerDialogs, ask, connect } from './hands.js';
import type { RunningApp } from './running-app.js';
import { test, withKeychain } from './test.js';

interface Key {
  id: string;
  windowOf: string | null;
  scopes: string[];
}

/** Begins to sign in. @returns the code that the window shows */
async function beginSignIn(app: RunningApp, page: Page, server: string): Promise<string> {
  await page.getByLabel('Server address').fill(server);
  await page.getByRole('button', { name: 'Sign in with the browser' }).click();
  const shown = page.getByRole('region', { name: 'Signing in' }).getByText(/^[B-Z]{4}-[B-Z]{4}$/);
  const code = (await shown.textContent()) ?? '';
  await app.hasTold(({ links }) => links.includes(`${server}/connect?code=${code}`));
  return code;
}

/** What lies in the keychain of the stand-in; empty on a real desktop. */
function keychainOf(computer: Computer): string {
  const file = join(computer.home, 'keychain.json');
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

withKeychain(
  'a computer signs in through the browser: its runner and its window each have what is theirs, and each is revoked alone',
  async ({ fleet, aComputer, start }) => {
    const computer = aComputer();
    const app = await start(computer);
    const page = await app.page();
    const code = await beginSignIn(app, page, fleet.url);
    await fleet.request('POST', `/sign-ins/${code}/decision`, { decision: 'allow' });
    await page.getByText('in the keychain of this computer').waitFor();
    await answerDialogs(app, { files: [computer.code] });
    await page.getByRole('button', { name: 'Add a folder…' }).click();
    await page.getByText(/^● You are online as /).waitFor();
    await page.getByRole('button', { name: 'Open the dashboard' }).click();
    await page.getByRole('heading', { name: 'Sessions', level: 1 }).waitFor();

    const runners = await fleet.get<{ data: { id: string; credential: object | null }[] }>('/runners');
    expect(runners.data).toMatchObject([{ credential: { enrolledBy: expect.any(String) } }]);
    const keys = await fleet.get<{ data: Key[] }>('/api-keys');
    const window = keys.data.find(({ windowOf }) => windowOf === runners.data[0]?.id);
    expect(window?.scopes).toEqual(['runs:write']);
    expect(keychainOf(computer)).not.toContain(fleet.key);

    // The window's alone: the runner goes on.
    await fleet.request('DELETE', `/api-keys/${window?.id}`);
    await page.reload();
    await page.getByText(/does not know the key|Authentication required/).waitFor();
    await app.hasTold(({ tray }) => tray?.tooltip === 'AgentFleet: online');
  },
);

test('a sign-in that is refused, and one that is given up, leave a computer as it was', async ({
  fleet,
  aComputer,
  start,
}) => {
  const app = await start(aComputer());
  const page = await app.page();
  const refused = await beginSignIn(app, page, fleet.url);
  await fleet.request('POST', `/sign-ins/${refused}/decision`, { decision: 'deny' });
  await page.getByText('It was refused in the dashboard.').waitFor();
  await beginSignIn(app, page, fleet.url);
  await page.getByText('Step 2 of 3: allow this computer in the browser').waitFor();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'Sign in with the browser' }).waitFor();
  await page.getByText('Step 1 of 3').waitFor();
  expect(await page.getByRole('button', { name: 'Open the dashboard' }).count()).toBe(0);
});

test('a page that begins a sign-in and tells its code to somebody connects this computer to nobody’s org unasked', async ({
  fleet,
  connected,
}) => {
  const { computer, app } = await connected();
  await (await app.page()).getByRole('heading', { name: 'Sessions', level: 1 }).waitFor();
  const begun = await ask(app, 'signIn', { server: fleet.url });
  const { code } = (begun.ok ? (begun.output as AppState).signIn : null) ?? { code: '' };
  await fleet.request('POST', `/sign-ins/${code}/decision`, { decision: 'allow' });
  await app.hasTold(({ dialogs }) => dialogs.length > 0);
  const [question] = (await app.told()).dialogs;
  expect(question?.message).toMatch(/^Connect this computer to /);
  expect(question?.detail).toContain(`now: ${fleet.url}\n   then: ${fleet.url}\nAllowed in the browser by `);
  const signIn = async () => {
    const reply = await ask(app, 'state', undefined);
    return reply.ok ? (reply.output as AppState).signIn : null;
  };
  await expect
    .poll(signIn)
    .toMatchObject({ phase: 'failed', problem: 'You did not agree. Nothing was changed.' });
  expect(keychainOf(computer)).not.toContain(fleet.url);
});

withKeychain(
  'with a runner’s key alone the person at the machine sees the log of its sessions, allows and cancels, and the key is not kept',
  async ({ fleet, model, aComputer, start }) => {
    const made = await fleet.request('POST', '/api-keys', { name: 'workshop', scopes: ['runner'] });
    const { key } = (await made.json()) as { key: string };
    const computer = aComputer();
    const app = await start(computer);
    const page = await app.page();
    await connect(app, page, fleet.url, key);
    expect(keychainOf(computer)).not.toContain(key);
    await page.getByRole('button', { name: 'Open the dashboard' }).click();
    await page.getByRole('heading', { name: 'Sessions', level: 1 }).waitFor();

    const ask = toolUse('Bash', { command: 'touch made.txt' });
    model.says((request) => (modelMessages(request) === 0 ? [text('May I?'), ask] : [text('Thank you.')]));
    const allowed = await fleet.launch({ cwd: computer.code, prompt: 'make it' });
    await page
      .getByRole('link', { name: /make it/ })
      .first()
      .click();
    const conversation = page.getByRole('region', { name: 'Conversation' });
    await conversation.getByText('May I?').waitFor();
    await page
      .getByRole('button', { name: /^Allow/ })
      .first()
      .click();
    await conversation.getByText('Thank you.').waitFor();
    expect((await fleet.ended(allowed.id)).status).toBe('SUCCEEDED');

    const cancelled = await fleet.launch({ cwd: computer.code, prompt: 'make another' });
    await app.hasTold(({ tray }) => tray?.tooltip.includes('waiting for you') === true);
    await app.clickTray('? make another');
    await page.getByRole('button', { name: 'Cancel session' }).click();
    expect((await fleet.ended(cancelled.id)).status).toBe('CANCELLED');
  },
);

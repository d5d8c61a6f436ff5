import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { gate, modelMessages, text, toolUse } from '../../../runner-core/e2e/model-server.js';
import { test } from './dashboard.js';
import { hands } from './hand.js';
import { latch } from './latch.js';

describe.each(hands)('with the $name alone', (hand) => {
  test('a wrong key is refused in words, the right one opens the sessions', async ({ fleet, open }) => {
    const dashboard = await open({ hand });
    const { page } = dashboard;
    dashboard.watch.expectFault(/401/);
    await dashboard.signIn(`${fleet.key.slice(0, -1)}!`);
    await page
      .getByRole('alert')
      .getByText(/wrong, used, expired or revoked/)
      .waitFor();
    await hand.type(page.getByLabel('API key'), fleet.key);
    await hand.press(page.getByRole('button', { name: 'Sign in' }));
    await dashboard.heading('Sessions').waitFor();
    expect(
      await page.evaluate(() => [document.cookie, JSON.stringify({ ...localStorage })].join('')),
    ).not.toContain('af_live_');
  });

  test('a session is launched, streams while it works, and ends', async ({ fleet, model, open }) => {
    const go = latch();
    const file = join(fleet.allowed, `hello-${hand.name}.txt`);
    await writeFile(file, 'hello\n');
    model.says((request) =>
      modelMessages(request) === 0
        ? [text('Let me look around first.'), gate(go.opened), toolUse('Read', { file_path: file })]
        : [text('There it is.')],
    );
    const dashboard = await open({ hand });
    await dashboard.enter(fleet.key);
    await dashboard.launch('read the greeting', fleet.allowed);
    await dashboard.conversation.getByText('Let me look around first.').waitFor();
    await dashboard.conversation.getByText('Working…').waitFor();
    go.open();
    await dashboard.conversation.getByText(`hello-${hand.name}.txt`).first().waitFor();
    await dashboard.conversation.getByText('There it is.').waitFor();
    await dashboard.page.getByText('Done').first().waitFor();
  });

  test('a follow-up goes on in the same thread', async ({ fleet, model, open }) => {
    model.says((request) => [
      text(modelMessages(request) === 0 ? 'One.' : `After ${modelMessages(request)}.`),
    ]);
    const dashboard = await open({ hand });
    const { page, conversation } = dashboard;
    await dashboard.enter(fleet.key);
    await dashboard.launch('count', fleet.allowed);
    await conversation.getByText('One.').waitFor();
    const first = page.url();
    await hand.type(page.getByRole('textbox', { name: 'Follow-up' }), 'and the next?');
    await hand.press(page.getByRole('button', { name: 'Send' }));
    await conversation.getByText('After 1.').waitFor();
    await expect.poll(() => page.url()).not.toBe(first);
    expect(await fleet.get('/runs?limit=2')).toMatchObject({
      data: [{ input: 'and the next?', parentRunId: first.split('/').at(-1) }, { input: 'count' }],
    });
  });

  test('a running session is cancelled', async ({ fleet, model, open }) => {
    model.says(() => [text('This takes long.'), { type: 'hang' }]);
    const dashboard = await open({ hand });
    const { page, conversation } = dashboard;
    await dashboard.enter(fleet.key);
    await dashboard.launch('never end', fleet.allowed);
    await conversation.getByText('This takes long.').waitFor();
    await hand.press(page.getByRole('button', { name: /^Cancel/ }));
    await page.getByText('Cancelled').first().waitFor();
    await expect.poll(() => fleet.get('/runs?limit=1')).toMatchObject({ data: [{ status: 'CANCELLED' }] });
  });

  test('a key is made, shown once, used and revoked', async ({ fleet, open }) => {
    const dashboard = await open({ hand });
    const { page } = dashboard;
    await dashboard.enter(fleet.key);
    await dashboard.go('Settings');
    await hand.type(page.getByLabel('Name', { exact: true }), `laptop ${hand.name}`);
    await hand.press(page.getByRole('button', { name: 'Create key' }));
    const shown = page.getByText(/^af_live_\w{38}$/);
    const key = (await shown.textContent()) ?? '';
    const me = () => fetch(`${fleet.url}/api/v1/me`, { headers: { authorization: `Bearer ${key}` } });
    expect((await me()).status).toBe(200);
    await page.reload();
    await page.getByText(`laptop ${hand.name}`).first().waitFor();
    await expect.poll(() => shown.count()).toBe(0);
    await hand.press(page.getByRole('button', { name: `Revoke laptop ${hand.name}` }));
    await hand.press(page.getByRole('alertdialog').getByRole('button', { name: 'Revoke key' }));
    await page.getByText(`laptop ${hand.name} is revoked`).waitFor();
    expect((await me()).status).toBe(401);
  });

  test('runners say how they are, can be paused, and how to connect another', async ({ fleet, open }) => {
    const dashboard = await open({ hand });
    const { page } = dashboard;
    await dashboard.enter(fleet.key);
    await dashboard.go('Runners');
    await page.getByRole('heading', { name: 'home-desktop' }).waitFor();
    await page.getByText('Online').first().waitFor();
    await page.getByText(fleet.allowed).first().waitFor();
    await hand.press(page.getByRole('button', { name: 'Pause home-desktop' }));
    await hand.type(page.getByLabel(/^Why/), 'a new disk');
    await hand.press(page.getByRole('button', { name: 'Pause it' }));
    await page.getByText('Paused').first().waitFor();
    await page.getByText('a new disk').waitFor();
    await hand.press(page.getByRole('button', { name: 'Resume home-desktop' }));
    await page.getByText('Online').first().waitFor();
    await hand.press(page.getByText('Connect a runner'));
    await page.getByText(`AGENTFLEET_URL="${fleet.url}"`).waitFor();
    await hand.press(page.getByRole('button', { name: /PowerShell/ }));
    await page.getByText(`$env:AGENTFLEET_URL="${fleet.url}"`).waitFor();
    await hand.type(page.getByLabel('Name of the runner'), `attic ${hand.name}`);
    await hand.press(page.getByRole('button', { name: 'Create a key for it' }));
    const lines = page.locator('pre').filter({ hasText: /AGENTFLEET_API_KEY="af_live_\w{38}"/ });
    await lines.filter({ hasText: `RUNNER_NAME="attic ${hand.name}"` }).waitFor();
    const key = /af_live_\w{38}/.exec((await lines.textContent()) ?? '')?.[0];
    const me = await fetch(`${fleet.url}/api/v1/me`, { headers: { authorization: `Bearer ${key}` } });
    expect(await me.json()).toMatchObject({ key: { name: `attic ${hand.name}`, scopes: ['runner'] } });
  });

  test('signing out ends it in every browser of the key', async ({ fleet, open }) => {
    const here = await open({ hand });
    const there = await open({ hand });
    there.watch.expectFault(/401/);
    await here.enter(fleet.key);
    await there.enter(fleet.key);
    const cookies = await here.page.context().cookies();
    await hand.press(here.page.getByRole('button', { name: 'Account and appearance' }));
    await hand.pick(here.page.getByRole('menuitem', { name: /^Sign out/ }));
    await here.page.getByLabel('API key').waitFor();
    await there.page.getByText('Your session has ended').waitFor();
    const old = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
    const answer = await fetch(`${fleet.url}/api/v1/session`, { headers: { cookie: old } });
    expect([old.length > 40, answer.status]).toEqual([true, 401]);
  });
});

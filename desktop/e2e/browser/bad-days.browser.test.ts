import { expect } from 'vitest';
import type { Fleet } from '../../../runner-core/e2e/fleet.js';
import { delay, gate, text } from '../../../runner-core/e2e/model-server.js';
import { behindItsBack } from './behind-its-back.js';
import { type Dashboard, type Open, test } from './dashboard.js';
import { keyboard } from './hand.js';
import { latch } from './latch.js';
import { assistant } from './said.js';
import { scriptedSession } from './scripted-runner.js';

/** What a browser itself says about a server that is away. */
const unreachable = /net::ERR_/;
/** High enough for every line of a session to be drawn at once. */
const tall = { width: 1280, height: 3_600 };

/** A dashboard that is signed in and may complain of `fault`. */
async function signedIn(fleet: Fleet, open: Open, fault: RegExp): Promise<Dashboard> {
  const dashboard = await open();
  dashboard.watch.expectFault(fault);
  await dashboard.enter(fleet.key);
  return dashboard;
}

test('the server dies and returns while a session streams: nothing is missing, nothing stands twice', async ({
  fleet,
  model,
  open,
}) => {
  const lines = Array.from({ length: 48 }, (_, line) => `Line ${line}.`);
  const [dead, back] = [latch(), latch()];
  model.says(() => [
    ...lines.slice(0, 16).map(text),
    gate(dead.opened),
    ...lines.slice(16, 32).flatMap((line) => [text(line), delay(20)]),
    gate(back.opened),
    ...lines.slice(32).map(text),
  ]);
  const dashboard = await open({ viewport: tall });
  const { page, conversation } = dashboard;
  dashboard.watch.expectFault(unreachable);
  await dashboard.enter(fleet.key);
  await dashboard.launch('count to 48', fleet.allowed);
  await conversation.getByText('Line 15.').waitFor();
  await fleet.killServer();
  await page.getByText('The server does not answer').waitFor();
  dead.open();
  await fleet.startServer();
  await conversation.getByText('Line 31.').waitFor();
  await page.getByText('The server does not answer').waitFor({ state: 'hidden' });
  back.open();
  await page.getByText('Done').first().waitFor();
  await expect.poll(() => conversation.getByText(/^Line \d+\.$/).allTextContents()).toEqual(lines);
});

test('who signs out while the server is away stays signed in and is told, and can once it is back', async ({
  fleet,
  open,
}) => {
  const dashboard = await signedIn(fleet, open, unreachable);
  const { page, hand } = dashboard;
  const signOut = async () => {
    await hand.press(page.getByRole('button', { name: 'Account and appearance' }));
    await hand.pick(page.getByRole('menuitem', { name: /^Sign out/ }));
  };
  await fleet.killServer();
  await page.getByText('The server does not answer. What you see may be old').waitFor();
  await signOut();
  await page.getByText('You are still signed in').first().waitFor();
  await dashboard.heading('Sessions').waitFor();
  await fleet.startServer();
  await page.getByText('The server does not answer. What you see may be old').waitFor({ state: 'hidden' });
  await signOut();
  await page.getByLabel('API key').waitFor();
});

test('a page that is loaded while the server is away says so, and goes on by itself once it answers', async ({
  fleet,
  open,
}) => {
  const dashboard = await signedIn(fleet, open, unreachable);
  const { page } = dashboard;
  // The page itself comes from the browser's cache, or a proxy, as its API does not.
  await page.route('**/api/v1/session', (route) => route.abort());
  await page.reload();
  await page.getByText('The server does not answer').waitFor();
  await page.getByLabel('API key').waitFor();
  await page.unroute('**/api/v1/session');
  await dashboard.heading('Sessions').waitFor();
});

test('a screen that is opened while the server is away comes by itself once it is back', async ({
  fleet,
  open,
}) => {
  const dashboard = await signedIn(fleet, open, unreachable);
  const { page } = dashboard;
  await fleet.killServer();
  await page.getByText('The server does not answer').waitFor();
  await dashboard.go('Runners');
  await expect.poll(() => new URL(page.url()).pathname).toBe('/runners');
  await page.getByRole('status', { name: 'Loading' }).waitFor();
  await fleet.startServer();
  await dashboard.heading('Runners').waitFor();
  await page.getByText('The server does not answer').waitFor({ state: 'hidden' });
});

test('what was asked of a list while the server was away comes by itself once it is back', async ({
  fleet,
  open,
}) => {
  const dashboard = await signedIn(fleet, open, unreachable);
  const { page, hand } = dashboard;
  await scriptedSession(fleet, { prompt: 'looked for in vain', cwd: '/code/list' });
  await page.getByText('looked for in vain').first().waitFor();
  await fleet.killServer();
  await page.getByText('The server does not answer. What you see').waitFor();
  await hand.type(page.getByLabel('Search prompts and results'), 'in vain');
  await page.getByRole('alert').filter({ hasText: 'Try again' }).waitFor();
  await fleet.startServer();
  await page.getByText('looked for in vain').first().waitFor();
  expect(await page.getByRole('alert').count()).toBe(0);
});

test('a screen that is not there any more is told, with the way to have it', async ({ fleet, open }) => {
  const dashboard = await signedIn(fleet, open, /404|Failed to fetch dynamically imported/);
  const { page, hand } = dashboard;
  await page.route('**/assets/usage-page*.js', (route) => route.fulfill({ status: 404, body: '' }));
  await dashboard.go('Usage');
  await page.getByText('This screen could not be shown').waitFor();
  await dashboard.go('Sessions');
  await dashboard.heading('Sessions').waitFor();
  await dashboard.go('Usage');
  await page.getByText('This screen could not be shown').waitFor();
  await page.unroute('**/assets/usage-page*.js');
  await hand.press(page.getByRole('button', { name: 'Load it again' }));
  await dashboard.heading('Usage').waitFor();
});

test('what could not be loaded is loaded on request', async ({ fleet, open }) => {
  const { id } = await fleet.launch({ prompt: 'hard to come by', cwd: '/not/anywhere' });
  const dashboard = await signedIn(fleet, open, /500/);
  const { page, conversation, hand } = dashboard;
  const broken = { status: 500, json: { error: { code: 'INTERNAL', message: 'Something broke.' } } };
  for (const [address, path] of [
    ['**/api/v1/runs?*', '/sessions'],
    [`**/api/v1/runs/${id}?*`, `/sessions/${id}`],
  ] as const) {
    await page.route(address, (route) => route.fulfill(broken));
    await page.goto(path);
    await page.getByRole('alert').getByText('Something broke.').waitFor({ timeout: 30_000 });
    await page.unroute(address);
    await hand.press(page.getByRole('button', { name: 'Try again' }));
    if (path === '/sessions')
      await page.getByRole('list', { name: 'Sessions' }).getByText('hard to').waitFor();
    else await conversation.getByText('hard to come by').waitFor();
  }
});

test('a key that is revoked ends its browsers at once, and says so', async ({ fleet, model, open }) => {
  model.says(() => [text('Working on it.'), { type: 'hang' }]);
  const made = await fleet.request('POST', '/api-keys', { name: 'lent', scopes: ['admin'] });
  const lent = (await made.json()) as { id: string; key: string };
  const dashboard = await open();
  dashboard.watch.expectFault(/401/);
  await dashboard.enter(lent.key);
  await dashboard.launch('never end', fleet.allowed);
  await dashboard.conversation.getByText('Working on it.').waitFor();
  const id = dashboard.page.url().split('/').at(-1) ?? '';
  await fleet.request('DELETE', `/api-keys/${lent.id}`);
  await dashboard.page.getByText('Your session has ended').waitFor();
  await dashboard.page.getByLabel('API key').waitFor();
  await expect.poll(() => dashboard.conversation.count()).toBe(0);
  await fleet.request('POST', `/runs/${id}/cancel`, {});
  await fleet.ended(id);
});

test('an expired browser session asks for the key and then shows where one was', async ({
  fleet,
  model,
  open,
}) => {
  model.says(() => [text('Here I am.')]);
  const dashboard = await open();
  const { page, conversation, hand } = dashboard;
  dashboard.watch.expectFault(unreachable);
  dashboard.watch.expectFault(/401/);
  await dashboard.enter(fleet.key);
  await dashboard.launch('say where you are', fleet.allowed);
  await conversation.getByText('Here I am.').waitFor();
  const address = page.url();
  await behindItsBack(fleet, fleet.url, `UPDATE browser_sessions SET expires_at = now() WHERE $1 <> ''`);
  await page.getByText('Your session has ended').waitFor();
  await page.goto(address);
  await hand.type(page.getByLabel('API key'), fleet.key);
  await hand.press(page.getByRole('button', { name: 'Sign in' }));
  await conversation.getByText('Here I am.').waitFor();
});

test('a session that vanished meanwhile is told, with a way back', async ({ fleet, model, open }) => {
  model.says(() => [text('Soon gone.'), { type: 'hang' }]);
  const dashboard = await open();
  const { page, conversation } = dashboard;
  dashboard.watch.expectFault(unreachable);
  dashboard.watch.expectFault(/404/);
  await dashboard.enter(fleet.key);
  await dashboard.launch('vanish', fleet.allowed);
  await conversation.getByText('Soon gone.').waitFor();
  const id = page.url().split('/').at(-1) ?? '';
  const rowsOf = ['commands', 'attempts', 'events'].map((table) => `DELETE FROM ${table} WHERE run_id = $1`);
  await behindItsBack(fleet, id, ...rowsOf, 'DELETE FROM runs WHERE id = $1');
  await dashboard.heading('This session does not exist').waitFor();
  await expect.poll(() => page.title()).toContain('Nothing here');
  await page.goto('/nowhere/at-all');
  await dashboard.heading('There is nothing at this address').waitFor();
  await expect.poll(() => page.title()).toContain('Nothing here');
  await page.getByRole('link', { name: /To the sessions/ }).click();
  await dashboard.heading('Sessions').waitFor();
});

test('a session of which nobody hears is out of reach, in the list and on its screen', async ({
  fleet,
  open,
}) => {
  const { id, held } = await scriptedSession(fleet, { prompt: 'go far away', cwd: '/code/far' });
  await held.say(assistant('I am on my way.'));
  const since = "lost_at = now() - interval '5 minutes', lease_expires_at = now() - interval '5 minutes'";
  await behindItsBack(
    fleet,
    id,
    `UPDATE runs SET ${since} WHERE id = $1`,
    // What it said before does not tell of the time since.
    `UPDATE runners SET told_at = NULL WHERE id = (SELECT runner_id FROM runs WHERE id = $1)`,
  );
  const dashboard = await open();
  await dashboard.enter(fleet.key);
  const { page, hand, conversation } = dashboard;
  const row = page.getByRole('link', { name: /go far away/ });
  await row.getByText(/^\W*Out of reach$/).waitFor();
  await row.getByText(/Out of reach since .* \(\d+ min ago\)/).waitFor();
  await hand.press(row);
  await conversation.getByText(/Out of reach since .* \(\d+ min ago\)/).waitFor();
  await conversation.getByText('what it says comes when the runner is back').waitFor();
  await hand.press(page.getByRole('button', { name: 'Cancel session' }));
  await conversation.getByText('Cancelling will be carried out when the runner is back').waitFor();
  await page.getByRole('button', { name: 'Stops when back' }).waitFor();
  expect(await fleet.run(id)).toMatchObject({ status: 'RUNNING', cancelRequestedAt: expect.any(String) });
});

test('a failure names the way out: when a limit resets, and a new start where there is no session to resume', async ({
  fleet,
  open,
}) => {
  const limited = await scriptedSession(fleet, { prompt: 'use a lot', cwd: '/code/much' });
  const resetsAt = new Date(Date.now() + 2 * 3_600_000).toISOString();
  const message = 'Claude Code reported that the usage limit was reached.';
  await limited.held.finish({ status: 'FAILED', failure: { code: 'usage_limit', message, resetsAt } });
  const gone = await scriptedSession(fleet, { prompt: 'go on with what is gone', cwd: '/code/gone' });
  const failure = { code: 'session_not_found', message: 'No conversation was found.' } as const;
  await gone.held.finish({ status: 'FAILED', failure, agentSessionId: 'session-1' });
  const dashboard = await open({ hand: keyboard });
  await dashboard.enterSession(fleet.key, limited.id);
  const { page, hand, conversation } = dashboard;
  await conversation.getByText(/^Resets (?:at|on) .*, in (?:2 h|1 h 59 min)\.$/).waitFor();
  await conversation.getByText('usage_limit').waitFor();
  await page.goto(`/sessions/${gone.id}`);
  await hand.press(conversation.getByRole('button', { name: 'Start afresh' }));
  await conversation.getByText('go on with what is gone').nth(1).waitFor();
  await expect.poll(() => page.url()).not.toContain(gone.id);
  const child = await fleet.run(page.url().split('/').at(-1) ?? '');
  expect(child).toMatchObject({ parentRunId: gone.id, fresh: true, input: 'go on with what is gone' });
});

test('a search that has to wait its turn says so, and is asked again when its time has come', async ({
  fleet,
  open,
}) => {
  await fleet.launch({ prompt: 'found in the end', cwd: '/not/anywhere' });
  const dashboard = await signedIn(fleet, open, /429/);
  const { page } = dashboard;
  const words = 'Too many lists and searches are being answered. Try again in 1 s';
  const refusal = { error: { code: 'RATE_LIMITED', message: words } };
  const asked: number[] = [];
  await page.route('**/api/v1/runs?*q=found*', async (route) => {
    asked.push(performance.now());
    if (asked.length > 5) return route.continue();
    await route.fulfill({ status: 429, headers: { 'retry-after': '1' }, json: refusal });
  });
  await page.getByLabel('Search prompts and results').fill('found in');
  await page.getByRole('alert').getByText(words).waitFor();
  await page
    .getByRole('list', { name: 'Sessions' })
    .getByText('found in the end')
    .waitFor({ timeout: 30_000 });
  await page.getByRole('alert').getByText(words).waitFor({ state: 'hidden' });
  const pauses = asked.slice(1, 6).map((at, nth) => at - (asked[nth] ?? 0));
  expect(Math.min(...pauses)).toBeGreaterThanOrEqual(990);
});

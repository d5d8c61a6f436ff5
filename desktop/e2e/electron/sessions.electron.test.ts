import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { failure, gate, modelMessages, text, toolUse } from '../../../runner-core/e2e/model-server.js';
import { latch } from '../browser/latch.js';
import { test } from './test.js';

test('a session is launched in the app, streams, and ends; nothing is announced while it is looked at', async ({
  model,
  connected,
}) => {
  const { computer, app } = await connected();
  const go = latch();
  model.says((request) =>
    modelMessages(request) === 0
      ? [
          text('Let me look around first.'),
          gate(go.opened),
          toolUse('Write', { file_path: `${computer.code}/hello.txt`, content: 'hello\n' }),
        ]
      : [text('There it is.')],
  );
  const page = await app.page();
  await page.getByRole('link', { name: /^New session/ }).click();
  await page.getByLabel('Prompt', { exact: true }).fill('write a greeting');
  await page.getByLabel('Folder', { exact: true }).fill(computer.code);
  await page.getByRole('radio', { name: /^Accept edits/ }).click();
  await page.getByRole('button', { name: /^Launch/ }).click();
  const conversation = page.getByRole('region', { name: 'Conversation' });
  await conversation.getByText('Let me look around first.').waitFor();
  await app.focus();
  await app.hasTold(({ tray }) => tray?.tooltip === 'AgentFleet: online, 1 running');
  go.open();
  await conversation.getByText('There it is.').waitFor();
  await app.hasTold(({ tray }) => tray?.tooltip === 'AgentFleet: online');
  expect((await app.told()).notifications).toEqual([]);
});

test('a picture that Claude reads is shown in the app, whose window has no way to the server', async ({
  fleet,
  model,
  connected,
}) => {
  const { computer, app } = await connected();
  const picture = join(computer.code, 'shot.webp');
  copyFileSync(join(import.meta.dirname, '../../../docs/screenshots/threads-light.webp'), picture);
  model.says((request) =>
    modelMessages(request) === 0 ? [toolUse('Read', { file_path: picture })] : [text('Seen.')],
  );
  const { id } = await fleet.launch({ cwd: computer.code, prompt: 'look at it' });
  await fleet.ended(id);
  const page = await app.page();
  await page.getByRole('link', { name: /look at it/ }).click();
  const shown = page.getByRole('button', { name: /^Image: shot\.webp/ }).locator('img');
  await expect.poll(() => shown.evaluate((img: HTMLImageElement) => img.naturalWidth)).toBeGreaterThan(500);
});

test('the tray has what runs with its last line, and the computer is kept awake for it', async ({
  fleet,
  model,
  connected,
}) => {
  const { computer, app } = await connected();
  const go = latch();
  model.says(() => [text('Reading the tests.'), gate(go.opened)]);
  const { id } = await fleet.launch({ cwd: computer.code, prompt: 'mend the tests\nall of them' });
  await app.hasTold(
    ({ tray }) => tray?.menu.some(({ label }) => label === '    Reading the tests.') === true,
  );
  const { tray } = await app.told();
  expect(tray).toMatchObject({ tooltip: 'AgentFleet: online, 1 running' });
  expect(tray?.menu.map(({ label }) => label)).toContain('● mend the tests');
  expect(await app.keepsAwake()).toBe(true);
  await app.clickTray('● mend the tests');
  await expect.poll(() => app.screen()).toBe(`/sessions/${id}`);
  go.open();
  await fleet.ended(id);
  await expect.poll(() => app.keepsAwake()).toBe(false);
  await app.hasTold(({ tray }) => tray?.menu.some(({ label }) => label === 'Recent sessions') === true);
});

test('what ends out of sight is announced, a click opens it, and a failure stays in the tray until it is seen', async ({
  fleet,
  model,
  connected,
}) => {
  const { computer, app } = await connected();
  await (await app.page()).getByRole('heading', { name: 'Sessions', level: 1 }).waitFor();
  await app.closeWindow();
  await expect.poll(() => app.windows()).toBe(0);
  model.says(() => [text('done')]);
  const done = await fleet.launch({ cwd: computer.code, prompt: 'tidy up' });
  await app.hasTold(({ notifications }) => notifications.length === 1);
  model.says(() => [failure(400, 'no such model')]);
  await fleet.launch({ cwd: computer.code, prompt: 'try the impossible' });
  await app.hasTold(({ notifications }) => notifications.length === 2);
  const { notifications } = await app.told();
  expect(notifications[0]).toEqual({ title: 'Session finished', body: 'tidy up' });
  expect(notifications[1]).toMatchObject({
    title: 'Session failed',
    body: expect.stringContaining('try the impossible'),
  });
  await app.hasTold(({ tray }) => tray?.tooltip === 'AgentFleet: online, 1 session failed');
  await app.electron.evaluate(() => globalThis.clickNotification(0));
  await expect.poll(() => app.screen()).toBe(`/sessions/${done.id}`);
  await app.hasTold(({ tray }) => tray?.tooltip === 'AgentFleet: online');
});

test('a session that waits for approval says so in the tray and in a notification, and goes on when it is allowed', async ({
  fleet,
  model,
  connected,
}) => {
  const { computer, app } = await connected();
  await (await app.page()).getByRole('heading', { name: 'Sessions', level: 1 }).waitFor();
  await app.closeWindow();
  await expect.poll(() => app.windows()).toBe(0);
  model.says((request) =>
    modelMessages(request) === 0 ? [toolUse('Bash', { command: 'touch made.txt' })] : [text('done')],
  );
  const { id } = await fleet.launch({ cwd: computer.code, prompt: 'make it' });
  await app.hasTold(({ notifications }) => notifications.length === 1);
  expect((await app.told()).notifications).toEqual([
    { title: 'Waiting for your approval', body: 'Bash touch made.txt\nmake it' },
  ]);
  await app.hasTold(({ tray }) => tray?.tooltip === 'AgentFleet: online, 1 running, 1 waiting for you');
  await app.hasTold(
    ({ tray }) => tray?.menu.some(({ label }) => label === '    Allow Bash touch made.txt?') === true,
  );
  await app.electron.evaluate(() => globalThis.clickNotification(0));
  await expect.poll(() => app.screen()).toBe(`/sessions/${id}`);
  const { data } = await fleet.get<{ data: { id: string }[] }>(`/approvals?runId=${id}&state=waiting`);
  await fleet.request('POST', `/approvals/${data[0]?.id}/decision`, { decision: 'allow' });
  expect((await fleet.ended(id)).status).toBe('SUCCEEDED');
  expect(existsSync(join(computer.code, 'made.txt'))).toBe(true);
  await app.hasTold(({ tray }) => tray?.tooltip === 'AgentFleet: online');
});

test('a notification shows the whole command, also where a desktop would take part of it for markup', async ({
  fleet,
  model,
  connected,
}) => {
  const { computer, app } = await connected();
  await (await app.page()).getByRole('heading', { name: 'Sessions', level: 1 }).waitFor();
  await app.closeWindow();
  await expect.poll(() => app.windows()).toBe(0);
  const command = 'touch "<b>made</b>&#x202e;.txt"';
  model.says((request) => (modelMessages(request) === 0 ? [toolUse('Bash', { command })] : [text('done')]));
  const { id } = await fleet.launch({ cwd: computer.code, prompt: 'look' });
  await app.hasTold(({ notifications }) => notifications.length === 1);
  const shown = process.platform === 'linux' ? 'touch "＜b>made＜/b>＆#x202e;.txt"' : command;
  expect((await app.told()).notifications[0]?.body).toBe(`Bash ${shown}\nlook`);
  const { data } = await fleet.get<{ data: { id: string }[] }>(`/approvals?runId=${id}&state=waiting`);
  await fleet.request('POST', `/approvals/${data[0]?.id}/decision`, { decision: 'deny' });
  await fleet.ended(id);
});

test('what several sessions say at once is gathered into few notifications', async ({
  fleet,
  model,
  connected,
}) => {
  const { computer, app } = await connected({ settings: { maxConcurrentRuns: 5 } });
  await (await app.page()).getByRole('heading', { name: 'Sessions', level: 1 }).waitFor();
  await app.closeWindow();
  await expect.poll(() => app.windows()).toBe(0);
  const go = latch();
  model.says(() => [gate(go.opened), text('done')]);
  const ids: string[] = [];
  for (let each = 1; each <= 5; each += 1) {
    ids.push((await fleet.launch({ cwd: computer.code, prompt: `chore ${each}`, sharedCwd: true })).id);
  }
  await app.hasTold(({ tray }) => tray?.tooltip === 'AgentFleet: online, 5 running');
  go.open();
  for (const id of ids) expect((await fleet.ended(id)).status).toBe('SUCCEEDED');
  const counted = (notifications: { title: string }[]) =>
    notifications.reduce((sum, { title }) => sum + Number(/(\d+) finished/.exec(title)?.[1] ?? 1), 0);
  // Each of them is in one.
  await expect.poll(async () => counted((await app.told()).notifications), { timeout: 30_000 }).toBe(5);
  expect((await app.told()).notifications.length).toBeLessThanOrEqual(3);
});

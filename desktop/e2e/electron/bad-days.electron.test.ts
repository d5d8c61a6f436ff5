import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { gate, text } from '../../../runner-core/e2e/model-server.js';
import { latch } from '../browser/latch.js';
import { test, withWindowManager } from './test.js';

test('a page that crashes is there again, and the session goes on meanwhile', async ({
  connected,
  fleet,
  model,
}) => {
  const { computer, app } = await connected();
  const go = latch();
  model.says(() => [text('At it.'), gate(go.opened), text('Still here.')]);
  const { id } = await fleet.launch({ cwd: computer.code, prompt: 'go on' });
  await app.page();
  await app.shows('go on');
  await app.electron.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows()[0]?.webContents.forcefullyCrashRenderer(),
  );
  await app.logged(/The window’s process is gone: (crashed|killed)/);
  await app.shows('go on');
  go.open();
  expect(await fleet.ended(id)).toMatchObject({ status: 'SUCCEEDED' });
});

test('a page that hangs or went blank is loaded again by Open dashboard, with a word', async ({
  connected,
}) => {
  const { app } = await connected();
  await app.page();
  await app.shows('Sessions');
  await app.inPage("document.getElementById('root').replaceChildren()");
  await app.clickTray('Open dashboard');
  await app.shows('Sessions');
  await app.hasTold(({ notifications }) =>
    notifications.some(({ body }) => body.startsWith('Its page was blank')),
  );
  await app.inPage('setTimeout(() => { for (;;); }, 0), 1');
  await app.clickTray('Open dashboard');
  await app.logged(/The page had been hung: it is loaded again/);
  await app.shows('Sessions');
});

test('a runner that fails is tried again, and works as soon as what was wrong is mended', async ({
  aComputer,
  connected,
}) => {
  const computer = aComputer();
  mkdirSync(computer.runnerDir, { recursive: true });
  const identity = join(computer.runnerDir, 'identity.json');
  writeFileSync(identity, 'damaged');
  const { app } = await connected({ computer, waits: false });
  await app.hasTold(({ tray }) => /^AgentFleet: cannot work: .*is damaged/.test(tray?.tooltip ?? ''));
  await app.shows(/identity\.json is damaged/);
  rmSync(identity);
  await app.hasTold(({ tray }) => tray?.tooltip === 'AgentFleet: online');
});

test('while the server is away tray and window say so, and it is back by itself', async ({
  connected,
  fleet,
}) => {
  const { app } = await connected();
  await app.shows('Sessions');
  await fleet.killServer();
  await app.hasTold(({ tray }) => /^AgentFleet: offline: ./.test(tray?.tooltip ?? ''));
  await app.shows('The server does not answer');
  await fleet.startServer();
  await app.hasTold(({ tray }) => tray?.tooltip === 'AgentFleet: online');
});

test('started while the server is away it shows this computer, and the sessions once it is there', async ({
  connected,
  fleet,
}) => {
  await fleet.killServer();
  const { app } = await connected({ waits: false });
  await app.shows('The server does not answer');
  await app.shows('This computer');
  await fleet.startServer();
  await app.hasTold(({ tray }) => tray?.tooltip === 'AgentFleet: online');
  await app.shows('New session');
});

test('a server that takes requests and never answers leaves no white window', async ({
  fleet,
  aComputer,
  start,
}) => {
  const server = createServer(() => undefined).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  const computer = aComputer();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  computer.writeSettings({ server: url, directories: [computer.code], name: 'mill' });
  const app = await start(computer, { env: { AGENTFLEET_API_KEY: fleet.key } });
  await app.shows('The server has not answered yet.');
  await app.shows('This computer');
  expect(await app.url()).toMatch(/^app:/);
});

test('woken from sleep it asks the server at once instead of waiting out its pause', async ({
  connected,
  fleet,
}) => {
  const { app } = await connected();
  await fleet.killServer();
  await app.hasTold(({ tray }) => /^AgentFleet: offline/.test(tray?.tooltip ?? ''));
  await app.electron.evaluate(({ powerMonitor }) => powerMonitor.emit('suspend'));
  await fleet.startServer();
  await app.electron.evaluate(({ powerMonitor }) => powerMonitor.emit('resume'));
  await app.hasTold(({ tray }) => tray?.tooltip === 'AgentFleet: online');
});

test('with a tray a closed window leaves the app at work; the tray brings it back', async ({ connected }) => {
  const { app } = await connected();
  await app.shows('Sessions');
  await app.closeWindow();
  await expect.poll(() => app.windows()).toBe(0);
  expect(app.hasEnded).toBe(false);
  await app.clickTray('Settings…');
  await expect.poll(() => app.windows()).toBe(1);
  await app.shows('This computer');
});

withWindowManager(
  'on a desktop without a tray the window stays, minimised, also when it is started with the desktop',
  async ({ connected }) => {
    const { app } = await connected({ tray: false, args: ['--hidden'] });
    await app.shows('Sessions');
    await app.closeWindow();
    await expect.poll(() => app.isMinimized()).toBe(true);
    expect(await app.windows()).toBe(1);
    await app.startAgain();
    await expect.poll(() => app.isMinimized()).toBe(false);
  },
);

test('started with the desktop it stays in the tray', async ({ connected }) => {
  const { app } = await connected({ args: ['--hidden'] });
  expect(await app.windows()).toBe(0);
  await app.clickTray('Open dashboard');
  await app.shows('Sessions');
});

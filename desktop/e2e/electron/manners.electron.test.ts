import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { answerDialogs } from './hands.js';
import type { RunningApp } from './running-app.js';
import { test } from './test.js';

const place = (app: RunningApp) =>
  app.electron.evaluate(({ BrowserWindow }) => {
    const [window] = BrowserWindow.getAllWindows();
    return { bounds: window?.getNormalBounds(), zoom: window?.webContents.getZoomLevel() };
  });

test('where there is no tray it is quit from its window: in the palette, and beside the account', async ({
  connected,
}) => {
  const { app } = await connected({ tray: false });
  const page = await app.page();
  await page.getByRole('button', { name: 'Account and appearance' }).click();
  await page.getByRole('menuitem', { name: /Quit AgentFleet/ }).waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('ControlOrMeta+K');
  await page.keyboard.type('quit');
  await page.getByRole('option', { name: /Quit AgentFleet/ }).waitFor();
  // It may be gone before it has answered.
  await page.keyboard.press('Enter').catch(() => undefined);
  await app.ended();
  expect(app.exitCode).toBe(0);
});

test('a window comes back where it was, as large and as near; its first close says that the app goes on, once', async ({
  connected,
}) => {
  const { app, computer } = await connected({
    remembered: { bounds: { x: 40, y: 50, width: 760, height: 620 }, zoom: 1 },
  });
  const page = await app.page();
  await page.getByRole('heading', { level: 1 }).waitFor();
  expect(await place(app)).toMatchObject({ bounds: { width: 760, height: 620 }, zoom: 1 });
  // A frame that the desktop puts around it is not taken for a move.
  const remembered = () => JSON.parse(readFileSync(join(computer.userData, 'window.json'), 'utf8'));
  const whole = { bounds: { x: 40, y: 50, width: 760, height: 620 }, zoom: 1, maximized: false };
  await expect.poll(remembered).toMatchObject(whole);
  await app.electron.evaluate(({ BrowserWindow }) => {
    const [window] = BrowserWindow.getAllWindows();
    window?.setBounds({ x: 90, y: 70, width: 700, height: 600 });
    window?.webContents.setZoomLevel(-0.5);
  });
  await expect.poll(async () => (await place(app)).bounds?.width).toBe(700);
  await expect.poll(remembered).toMatchObject({ bounds: { x: 90, y: 70, width: 700, height: 600 } });
  const before = await place(app);
  await app.closeWindow();
  await app.hasTold(({ notifications }) => notifications.length === 1);
  expect((await app.told()).notifications[0]).toMatchObject({ title: 'AgentFleet goes on' });
  await expect.poll(() => app.windows()).toBe(0);
  await app.clickTray('Open dashboard');
  await expect.poll(() => app.windows()).toBe(1);
  await app.shows('Sessions');
  expect(await place(app)).toEqual(before);
  await app.closeWindow();
  await expect.poll(() => app.windows()).toBe(0);
  expect((await app.told()).notifications).toHaveLength(1);
});

test('a right click copies and pastes, About names the versions, settings are one place, and the menu quits', async ({
  connected,
  fleet,
}) => {
  const { app } = await connected();
  const page = await app.page();
  const rightClick = (pointed: object) =>
    app.electron.evaluate(({ BrowserWindow }, pointed) => {
      const editFlags = {
        canCopy: true,
        canPaste: true,
        canCut: true,
        canUndo: false,
        canRedo: false,
        canSelectAll: true,
      };
      const nothing = { isEditable: false, selectionText: '', linkURL: '', editFlags };
      BrowserWindow.getAllWindows()[0]?.webContents.emit('context-menu', {}, { ...nothing, ...pointed });
      return globalThis.told.contextMenu;
    }, pointed);
  expect((await rightClick({ selectionText: 'words' })).join().toLowerCase()).toBe('copy');
  expect((await rightClick({ isEditable: true })).join().toLowerCase()).toMatch(
    /cut,copy,paste,separator,select/,
  );
  expect(await rightClick({ linkURL: 'app://agentfleet/runners' })).toEqual(['Copy link']);
  await app.electron.evaluate(() => globalThis.clickContextMenu('Copy link'));
  expect(await app.electron.evaluate(({ clipboard }) => clipboard.readText())).toBe(`${fleet.url}/runners`);
  await answerDialogs(app, { button: 'Copy diagnostics' });
  await app.clickMenu('About AgentFleet');
  await app.hasTold(({ dialogs }) => /^AgentFleet \d+\.\d+\.\d+/.test(dialogs.at(-1)?.message ?? ''));
  const copied = () => app.electron.evaluate(({ clipboard }) => clipboard.readText());
  await expect.poll(copied, { timeout: 30_000 }).toContain('"phase": "online"');
  expect(await copied()).not.toContain(fleet.key);
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('heading', { name: 'This computer', level: 1 }).waitFor();
  const tabs = page.getByRole('navigation', { name: 'Settings' }).getByRole('link');
  expect(await tabs.allInnerTexts()).toEqual(['This computer', 'API keys', 'Audit', 'Appearance']);
  expect(await page.getByText('Theme', { exact: true }).count()).toBe(0);
  await page.getByRole('button', { name: 'Account and appearance' }).click();
  expect(await page.getByRole('menuitemradio').count()).toBe(0);
  await page.getByRole('menuitem', { name: 'Appearance' }).click();
  await page.getByRole('radio', { name: /Always light/ }).click();
  await expect.poll(() => app.electron.evaluate(({ nativeTheme }) => nativeTheme.themeSource)).toBe('light');
  await app.clickMenu('Settings…');
  await page.getByRole('heading', { name: 'This computer', level: 1 }).waitFor();
  // It may be gone before it has answered.
  await app.clickMenu('Quit AgentFleet').catch(() => undefined);
  await app.ended();
  expect(app.exitCode).toBe(0);
});

test('a window whose display is gone opens on one that is there', async ({ connected }) => {
  const { app } = await connected({
    remembered: { bounds: { x: 9_000, y: -7_000, width: 2_500, height: 1_900 }, toldOfClosing: true },
  });
  await (await app.page()).getByRole('heading', { level: 1 }).waitFor();
  const { bounds, areas } = await app.electron.evaluate(({ BrowserWindow, screen }) => ({
    bounds: BrowserWindow.getAllWindows()[0]?.getBounds(),
    areas: screen.getAllDisplays().map(({ workArea }) => workArea),
  }));
  if (!bounds) throw new Error('there is no window');
  expect(
    areas.some(
      ({ x, y, width, height }) =>
        bounds.x >= x &&
        bounds.y >= y &&
        bounds.x + Math.min(bounds.width, 360) <= x + width &&
        bounds.y + Math.min(bounds.height, 480) <= y + height,
    ),
    JSON.stringify({ bounds, areas }),
  ).toBe(true);
});

test('a window whose display goes while it is open comes back by itself, and by the tray', async ({
  connected,
}) => {
  const { app } = await connected();
  await (await app.page()).getByRole('heading', { name: 'Sessions', level: 1 }).waitFor();
  const lose = () =>
    app.electron.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows()[0]?.setBounds({ x: 9_000, y: -7_000, width: 900, height: 700 }),
    );
  const place = () =>
    app.electron.evaluate(({ BrowserWindow, screen }) => {
      const bounds = BrowserWindow.getAllWindows()[0]?.getBounds();
      return { bounds, area: screen.getPrimaryDisplay().workArea };
    });
  const isThere = async () => {
    const { bounds, area } = await place();
    return bounds !== undefined && bounds.x >= area.x && bounds.x + 120 <= area.x + area.width;
  };
  await lose();
  await app.electron.evaluate(({ screen }) => screen.emit('display-removed'));
  await expect.poll(isThere).toBe(true);
  await lose();
  await app.clickTray('Open dashboard');
  await expect.poll(isThere).toBe(true);
});

test('this computer is marked among the runners', async ({ connected }) => {
  const { app } = await connected({ settings: { name: 'marked-mill' } });
  const page = await app.page();
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Runners' }).click();
  const mine = page.getByRole('listitem').or(page.getByRole('row')).filter({ hasText: 'marked-mill' });
  await mine.getByText('This computer').first().waitFor();
});

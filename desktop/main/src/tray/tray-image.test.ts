import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { trayImageFile } from './tray-image.js';
import type { TrayIcon } from './tray-model.js';

const icons: Record<TrayIcon, true> = {
  online: true,
  running: true,
  paused: true,
  offline: true,
  attention: true,
};

test('every icon is there for every system, light and dark', () => {
  for (const icon of Object.keys(icons) as TrayIcon[]) {
    for (const platform of ['darwin', 'win32', 'linux'] as const) {
      for (const isDark of [false, true]) {
        const file = trayImageFile(icon, { platform, isDark, desktop: 'KDE' });
        expect(existsSync(join(import.meta.dirname, '../../../resources/tray', file)), file).toBe(true);
      }
    }
  }
});

test.each([
  ['darwin', false, undefined, 'darwin/pausedTemplate.png'],
  ['darwin', true, undefined, 'darwin/pausedTemplate.png'],
  ['win32', false, undefined, 'win32/paused-light.ico'],
  ['win32', true, undefined, 'win32/paused-dark.ico'],
  ['linux', false, 'KDE', 'linux/paused-light.png'],
  ['linux', true, 'KDE', 'linux/paused-dark.png'],
  ['linux', false, undefined, 'linux/paused-light.png'],
  // The bar of these is black also when everything else is light.
  ['linux', false, 'ubuntu:GNOME', 'linux/paused-dark.png'],
  ['linux', false, 'Pantheon', 'linux/paused-dark.png'],
] as const)('on %s (dark: %s, desktop: %s) it is %s', (platform, isDark, desktop, file) => {
  expect(trayImageFile('paused', { platform, isDark, desktop })).toBe(file);
});

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { applyAutostart, autostart, type LoginItemSettings, refreshAutostart } from './autostart.js';

const linux = {
  platform: 'linux',
  executable: '/opt/AgentFleet/agentfleet',
  env: {},
  home: '/home/ann',
} as const;

test('Linux gets an XDG autostart entry that starts the app without a window', () => {
  expect(autostart({ ...linux, enabled: true })).toMatchObject({
    kind: 'file',
    path: '/home/ann/.config/autostart/agentfleet.desktop',
    text: expect.stringContaining('\nExec="/opt/AgentFleet/agentfleet" "--hidden"\n'),
  });
});

test('an AppImage starts from where it lies, under the configured directory, with its odd name quoted', () => {
  const env = { APPIMAGE: '/home/ann/100% "fun"/$a\\b.AppImage', XDG_CONFIG_HOME: '/home/ann/.cfg' };
  const entry = autostart({ ...linux, env, enabled: true });
  expect(entry).toMatchObject({
    path: '/home/ann/.cfg/autostart/agentfleet.desktop',
    text: expect.stringContaining(
      'Exec="/home/ann/100%% \\\\"fun\\\\"/\\\\$a\\\\\\\\b.AppImage" "--hidden"\n',
    ),
  });
});

test('macOS and Windows get a login item', () => {
  expect(autostart({ ...linux, platform: 'darwin', enabled: true })).toEqual({
    kind: 'login-item',
    settings: { openAtLogin: true },
  });
  const executable = 'C:\\Program Files\\AgentFleet\\AgentFleet.exe';
  expect(autostart({ ...linux, platform: 'win32', executable, enabled: false })).toEqual({
    kind: 'login-item',
    settings: { openAtLogin: false, path: executable, args: ['--hidden'] },
  });
});

test('turning it on writes the file, turning it off removes it, both can be repeated', () => {
  const home = mkdtempSync(join(tmpdir(), 'agentfleet-home-'));
  const items: LoginItemSettings[] = [];
  const apply = (enabled: boolean) =>
    applyAutostart(autostart({ ...linux, home, enabled }), (settings) => items.push(settings));
  const file = join(home, '.config/autostart/agentfleet.desktop');
  apply(true);
  apply(true);
  expect(readFileSync(file, 'utf8')).toMatch(/^\[Desktop Entry\]\n/);
  apply(false);
  apply(false);
  expect(existsSync(file)).toBe(false);
  expect(items).toEqual([]);
  rmSync(home, { recursive: true });
});

test('a start follows an AppImage that was moved, and undoes nothing that a person did', () => {
  const home = mkdtempSync(join(tmpdir(), 'agentfleet-home-'));
  const file = join(home, '.config/autostart/agentfleet.desktop');
  const from = (place: string) => autostart({ ...linux, env: { APPIMAGE: place }, home, enabled: true });
  refreshAutostart(from('/a.AppImage'));
  expect(existsSync(file)).toBe(false);
  applyAutostart(from('/a.AppImage'), () => undefined);
  refreshAutostart(from('/b.AppImage'));
  expect(readFileSync(file, 'utf8')).toContain('Exec="/b.AppImage"');
  const off = readFileSync(file, 'utf8').replace('enabled=true', 'enabled=false');
  writeFileSync(file, off);
  refreshAutostart(from('/c.AppImage'));
  expect(readFileSync(file, 'utf8')).toBe(off);
  rmSync(home, { recursive: true });
});

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { linuxAutostartEntry } from './linux-entry.js';

/** Says that the app was started with the desktop session: it then opens no window. */
export const hiddenFlag = '--hidden';

/** How a system is told to start the app at login: a file of ours, or an entry that Electron keeps. */
export type Autostart =
  | { kind: 'file'; path: string; text: string }
  | { kind: 'login-item'; settings: LoginItemSettings };

export interface LoginItemSettings {
  openAtLogin: boolean;
  args?: string[];
  path?: string;
}

export interface AutostartInput {
  enabled: boolean;
  platform: NodeJS.Platform;
  /** The app's own executable. */
  executable: string;
  env: NodeJS.ProcessEnv;
  home: string;
}

/** What has to be so for the app to start, or not to start, at login. Changes nothing. */
export function autostart({ enabled, platform, executable, env, home }: AutostartInput): Autostart {
  if (platform === 'darwin') return { kind: 'login-item', settings: { openAtLogin: enabled } };
  if (platform === 'win32') {
    const settings = { openAtLogin: enabled, path: executable, args: [hiddenFlag] };
    return { kind: 'login-item', settings };
  }
  const config = env.XDG_CONFIG_HOME?.startsWith('/') ? env.XDG_CONFIG_HOME : join(home, '.config');
  const path = join(config, 'autostart', 'agentfleet.desktop');
  // An AppImage is unpacked to another place at each start; this is where it itself lies.
  const text = enabled ? linuxAutostartEntry(env.APPIMAGE ?? executable, [hiddenFlag]) : '';
  return { kind: 'file', path, text };
}

/** Makes it so. Throws when the disk refuses. */
export function applyAutostart(wanted: Autostart, setLoginItem: (settings: LoginItemSettings) => void): void {
  if (wanted.kind === 'login-item') {
    setLoginItem(wanted.settings);
  } else if (wanted.text === '') {
    rmSync(wanted.path, { force: true });
  } else {
    mkdirSync(dirname(wanted.path), { recursive: true });
    writeFileSync(wanted.path, wanted.text);
  }
}

/**
 * At each start: an AppImage may lie elsewhere than when it was set up. What a person changed by the system's own means
 * stays as it is: an entry that was removed, or turned off, on every system. Throws when the disk refuses.
 */
export function refreshAutostart(wanted: Autostart): void {
  if (wanted.kind !== 'file' || wanted.text === '' || !existsSync(wanted.path)) return;
  const there = readFileSync(wanted.path, 'utf8');
  const isTurnedOff = /^(Hidden=true|X-GNOME-Autostart-enabled=false)\s*$/m.test(there);
  if (there !== wanted.text && !isTurnedOff) writeFileSync(wanted.path, wanted.text);
}

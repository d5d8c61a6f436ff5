import { execFile } from 'node:child_process';

const ask = [
  'call',
  '--session',
  '--dest=org.freedesktop.DBus',
  '--object-path=/org/freedesktop/DBus',
  '--method=org.freedesktop.DBus.NameHasOwner',
  'org.kde.StatusNotifierWatcher',
];

/**
 * Whether a tray icon will be seen. macOS and Windows always have a place for it; on Linux a desktop without a
 * status notifier shows none and says nothing, so it is asked. Where it cannot be asked there is none.
 */
export function hasTray(platform: NodeJS.Platform): Promise<boolean> {
  if (platform !== 'linux') return Promise.resolve(true);
  return new Promise((resolve) => {
    execFile('gdbus', ask, { timeout: 3_000 }, (error, stdout) => resolve(!error && saysYes(stdout)));
  });
}

/** Reads the answer of `gdbus`, e.g. `(true,)`. */
export function saysYes(answer: string): boolean {
  return /^\(true,\)/.test(answer.trim());
}

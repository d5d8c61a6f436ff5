import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

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

/**
 * The same for an app that is started together with its desktop, whose tray may come a little later.
 * @param patienceMs how long to go on asking, ms
 */
export async function hasTraySoon(
  platform: NodeJS.Platform,
  patienceMs = 10_000,
  ask: typeof hasTray = hasTray,
): Promise<boolean> {
  const until = performance.now() + patienceMs;
  while (!(await ask(platform))) {
    if (performance.now() > until) return false;
    await delay(patienceMs / 20);
  }
  return true;
}

/** Reads the answer of `gdbus`, e.g. `(true,)`. */
export function saysYes(answer: string): boolean {
  return /^\(true,\)/.test(answer.trim());
}

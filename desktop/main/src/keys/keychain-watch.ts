import { execFile } from 'node:child_process';

/** How often it is looked whether a keychain has been unlocked or started, ms. */
const lookMs = 5_000;

const ask = [
  ...['call', '--session', '--dest=org.freedesktop.secrets'],
  '--object-path=/org/freedesktop/secrets/aliases/default',
  '--method=org.freedesktop.DBus.Properties.Get',
  ...['org.freedesktop.Secret.Collection', 'Locked'],
];

/**
 * Looks, while it is wanted, whether the keychain of a Linux desktop can be read without asking anybody for a password: reading a
 * locked one would ask again and again. Elsewhere it is unlocked with the login.
 * @param isWanted whether one waits for it
 * @param onOpen called each time that it is found open while wanted
 * @returns stop
 */
export function watchKeychain(
  platform: NodeJS.Platform,
  isWanted: () => boolean,
  onOpen: () => void,
  isOpen: () => Promise<boolean> = isUnlocked,
): () => void {
  if (platform !== 'linux') return () => undefined;
  let isLooking = false;
  const timer = setInterval(async () => {
    if (isLooking || !isWanted()) return;
    isLooking = true;
    if (await isOpen()) onOpen();
    isLooking = false;
  }, lookMs);
  timer.unref();
  return () => clearInterval(timer);
}

function isUnlocked(): Promise<boolean> {
  return new Promise((resolve) => {
    execFile('gdbus', ask, { timeout: 3_000 }, (error, stdout) => resolve(!error && saysUnlocked(stdout)));
  });
}

/** Reads the answer of `gdbus`, e.g. `(<false>,)`. */
export function saysUnlocked(answer: string): boolean {
  return answer.trim() === '(<false>,)';
}

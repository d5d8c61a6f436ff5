import { execFile } from 'node:child_process';
import type { StoreState } from '@agentfleet/bridge';

/** How often it is looked whether a keychain has been unlocked or started, ms. */
const lookMs = 5_000;

/** What can be known of a keychain without asking anybody for a password. */
export type KeychainSight = 'open' | 'locked' | 'absent';

/**
 * Looks at the keychain of a Linux desktop while the app waits for it: reading a locked one would ask for a password again and
 * again. Elsewhere it is unlocked with the login.
 * @param state what the keychain was found to be
 * @param onOther called with what it is now, where that is another
 * @param look undefined where it cannot be told
 * @returns stop
 */
export function watchKeychain(
  platform: NodeJS.Platform,
  state: () => StoreState | undefined,
  onOther: (seen: KeychainSight) => void,
  look: () => Promise<KeychainSight | undefined> = lookAtKeychain,
): () => void {
  if (platform !== 'linux') return () => undefined;
  let isLooking = false;
  const isWaiting = () => state() === 'locked' || state() === 'absent';
  const timer = setInterval(async () => {
    if (isLooking || !isWaiting()) return;
    isLooking = true;
    const seen = await look();
    isLooking = false;
    if (seen !== undefined && isWaiting() && seen !== state()) onOther(seen);
  }, lookMs);
  timer.unref();
  return () => clearInterval(timer);
}

const ask = [
  ...['call', '--session', '--dest=org.freedesktop.secrets'],
  '--object-path=/org/freedesktop/secrets/aliases/default',
  '--method=org.freedesktop.DBus.Properties.Get',
  ...['org.freedesktop.Secret.Collection', 'Locked'],
];

/** Asks the Secret Service of this desktop; undefined where there is no `gdbus` to ask it with. */
export function lookAtKeychain(): Promise<KeychainSight | undefined> {
  const env = { ...process.env, LC_ALL: 'C' };
  return new Promise((resolve) => {
    execFile('gdbus', ask, { timeout: 3_000, env }, (_error, stdout, stderr) =>
      resolve(sightOf(stdout, stderr)),
    );
  });
}

/** Reads what `gdbus` says, e.g. `(<false>,)`. */
export function sightOf(stdout: string, stderr: string): KeychainSight | undefined {
  const answer = stdout.trim();
  if (answer === '(<false>,)') return 'open';
  if (answer === '(<true>,)') return 'locked';
  // A service that keeps nothing yet has nothing to unlock.
  if (/UnknownMethod|UnknownObject/.test(stderr)) return 'open';
  return /ServiceUnknown|NameHasNoOwner|Spawn\.|connecting|autolaunch/i.test(stderr) ? 'absent' : undefined;
}

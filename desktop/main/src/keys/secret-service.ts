import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** For tests: whether this machine has what a keychain of one's own takes. */
export const canRunKeyring = ['dbus-daemon', 'dbus-send', 'gnome-keyring-daemon'].every(
  (tool) => spawnSync(tool, ['--version'], { stdio: 'ignore' }).error === undefined,
);

/** A message bus that starts no service by itself: what is not started here is not there. */
const busConfig = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
  </policy>
</busconfig>`;

/**
 * For tests: a desktop's message bus with a real gnome-keyring on it, apart from the user's own. One in a process: the
 * bus that a process uses first is its bus for good.
 */
export class KeyringDesktop {
  readonly #folder = mkdtempSync(join(tmpdir(), 'agentfleet-keyring-'));
  #bus: ChildProcess | undefined;
  /** The bus of this process before. */
  #before: string | undefined;
  #keyring: ChildProcess | undefined;

  /** Starts the bus, and makes this process its client. No keychain runs yet. */
  async start(): Promise<void> {
    const config = join(this.#folder, 'bus.conf');
    writeFileSync(config, busConfig);
    const bus = spawn('dbus-daemon', [`--config-file=${config}`, '--nofork', '--print-address=1'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    this.#bus = bus;
    const [address] = await once(bus.stdout, 'data');
    this.#before = process.env.DBUS_SESSION_BUS_ADDRESS;
    process.env.DBUS_SESSION_BUS_ADDRESS = String(address).trim();
  }

  /** Stops the keychain and forgets what it held. */
  async wipe(): Promise<void> {
    await this.stopKeyring();
    for (const name of ['data', 'run']) {
      rmSync(join(this.#folder, name), { recursive: true, force: true });
      mkdirSync(join(this.#folder, name), { mode: 0o700 });
    }
  }

  /** Starts the keychain, as logging in with a password does, or as logging in without one does. */
  async runKeyring(state: 'unlocked' | 'locked'): Promise<void> {
    await this.stopKeyring();
    const unlock = state === 'unlocked' ? ['--unlock'] : [];
    const keyring = spawn('gnome-keyring-daemon', ['--foreground', '--components=secrets', ...unlock], {
      stdio: ['pipe', 'ignore', 'ignore'],
      env: {
        ...process.env,
        XDG_DATA_HOME: join(this.#folder, 'data'),
        XDG_RUNTIME_DIR: join(this.#folder, 'run'),
      },
    });
    keyring.stdin.end('password of the login');
    this.#keyring = keyring;
    while (!this.#hasOwner()) await new Promise(setImmediate);
  }

  async stopKeyring(): Promise<void> {
    if (!this.#keyring) return;
    const ended = once(this.#keyring, 'exit');
    this.#keyring.kill();
    await ended;
    this.#keyring = undefined;
  }

  async stop(): Promise<void> {
    await this.stopKeyring();
    if (this.#bus) {
      this.#bus.kill();
      if (this.#before === undefined) delete process.env.DBUS_SESSION_BUS_ADDRESS;
      else process.env.DBUS_SESSION_BUS_ADDRESS = this.#before;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #hasOwner(): boolean {
    const ask = ['--session', '--print-reply', '--dest=org.freedesktop.DBus', '/org/freedesktop/DBus'];
    const method = ['org.freedesktop.DBus.NameHasOwner', 'string:org.freedesktop.secrets'];
    return execFileSync('dbus-send', [...ask, ...method], { encoding: 'utf8' }).includes('boolean true');
  }
}

import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { keychainService } from '../../main/src/keys/api-key.js';
import { KeyringDesktop } from '../../main/src/keys/secret-service.js';
import type { Computer } from './computer.js';
import { onRealKeyring, onStandIn } from './test.js';

/** What the stand-in's keychain says to whatever is asked of it, from now on, and what can be seen of it without opening it. */
function says(computer: Computer, words: string, sight: string): void {
  const file = join(computer.home, 'keychain.json.says');
  writeFileSync(file, words);
  answersOnBus(computer, `if [ -e '${file}' ]; then ${sight}; else echo '(<false>,)'; fi`);
}

/** What the keychain of a computer is seen by. @param script of a shell */
function answersOnBus(computer: Computer, script: string): void {
  const gdbus = join(computer.home, 'tools', 'gdbus');
  writeFileSync(
    gdbus,
    `#!/bin/sh\ncase "$*" in *freedesktop.secrets*) ${script} ;; *) echo '(true,)' ;; esac\n`,
  );
}

/** By a process of its own: the bus that a process uses first is its bus for good, and other files of this worker have theirs. */
function putInKeychain(server: string, key: string): void {
  const script = `import { Entry } from '@napi-rs/keyring';
    const [service, account, password] = process.argv.slice(1);
    new Entry(service, account, { linux: { store: 'secret-service' } }).setPassword(password);`;
  const args = ['--input-type=module', '-e', script, keychainService, server, key];
  execFileSync(process.execPath, args, { cwd: import.meta.dirname });
}

/** A computer that was set up some day, with its key in the keychain. */
const wasSetUp = (computer: Computer, server: string) =>
  computer.writeSettings({ server, directories: [computer.code], name: 'mill' });

const states = [
  [
    'locked',
    'Cannot get secret of a locked object: is locked',
    'the keychain is locked',
    /^The keychain is locked\. Unlock it/,
    "echo '(<true>,)'",
  ],
  [
    'absent',
    'The name org.freedesktop.secrets was not provided',
    'no keychain answers',
    /^No keychain answers on this desktop/,
    'echo ServiceUnknown >&2; false',
  ],
  [
    'refused',
    'access denied',
    'the keychain refuses',
    /^The keychain cannot be used: access denied/,
    "echo '(<false>,)'",
  ],
] as const;
for (const [state, words, tray, sentence, sight] of states) {
  onStandIn(
    `a keychain that is ${state} is said in the tray, in a notification at a hidden start and on the first screen, and noticed when it is not any more`,
    async ({ fleet, aComputer, start }) => {
      const computer = aComputer();
      wasSetUp(computer, fleet.url);
      writeFileSync(
        join(computer.home, 'keychain.json'),
        JSON.stringify({ [`AgentFleet ${fleet.url}`]: fleet.key }),
      );
      says(computer, words, sight);
      const app = await start(computer, { args: ['--hidden'] });
      await app.hasTold(({ notifications }) => notifications.some(({ body }) => sentence.test(body)));
      await app.hasTold((now) => now.tray?.tooltip === `AgentFleet: ${tray}`);
      expect((await app.told()).notifications).toHaveLength(1);
      await app.clickTray('Open AgentFleet');
      const page = await app.page();
      await page.getByRole('heading', { name: 'This computer has no key at hand' }).waitFor();
      await page.getByText(sentence).first().waitFor();
      rmSync(join(computer.home, 'keychain.json.says'));
      // One that refuses may ask its person each time: it is not asked again and again.
      if (state === 'refused') await page.getByRole('button', { name: 'Look again' }).click();
      await page.getByRole('heading', { name: 'Sessions', level: 1 }).waitFor();
      await app.hasTold((now) => now.tray?.tooltip === 'AgentFleet: online');
    },
  );
}

onStandIn(
  'a keychain that answers without the key says so; a computer that was never set up says that',
  async ({ fleet, aComputer, start }) => {
    const computer = aComputer();
    wasSetUp(computer, fleet.url);
    const app = await start(computer);
    await (await app.page()).getByText(`holds no key for ${fleet.url}. Sign in again.`).waitFor();
    await app.hasTold(({ tray }) => tray?.tooltip === 'AgentFleet: no key in the keychain');
    const other = await start(aComputer());
    await (await other.page()).getByRole('heading', { name: 'Connect this computer' }).waitFor();
    await other.hasTold(({ tray }) => tray?.tooltip === 'AgentFleet: not set up yet');
  },
);

onRealKeyring(
  'a real keychain that starts, and then is unlocked, is noticed each time, and the app goes on by itself',
  async ({ fleet, aComputer, start }) => {
    const desktop = new KeyringDesktop();
    onTestFinished(() => desktop.stop());
    await desktop.start();
    await desktop.wipe();
    await desktop.runKeyring('unlocked');
    putInKeychain(fleet.url, fleet.key);
    await desktop.stopKeyring();
    const computer = aComputer();
    wasSetUp(computer, fleet.url);
    answersOnBus(computer, `PATH='${process.env.PATH}' exec gdbus "$@"`);
    const env = { DBUS_SESSION_BUS_ADDRESS: process.env.DBUS_SESSION_BUS_ADDRESS ?? '' };
    const app = await start(computer, { args: ['--hidden'], env });
    const isSaid = (words: string) => app.hasTold(({ tray }) => tray?.tooltip === `AgentFleet: ${words}`);
    await isSaid('no keychain answers');
    await desktop.runKeyring('locked');
    await isSaid('the keychain is locked');
    await desktop.runKeyring('unlocked');
    await isSaid('online');
    // The first word may come before anybody listens.
    expect((await app.told()).notifications.at(-1)?.body).toMatch(/^The keychain is locked\. Unlock it/);
  },
);

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Computer } from './computer.js';
import { onStandIn } from './test.js';

// Real keychains in each of these states: desktop/main/src/keys/native-stores.test.ts.

/** What the stand-in's keychain says to whatever is asked of it, from now on. */
const says = (computer: Computer, words: string) =>
  writeFileSync(join(computer.home, 'keychain.json.says'), words);

/** A computer that was set up some day, with its key in the keychain. */
const wasSetUp = (computer: Computer, server: string) =>
  computer.writeSettings({ server, directories: [computer.code], name: 'mill' });

const states = [
  [
    'locked',
    'Cannot get secret of a locked object: is locked',
    'the keychain is locked',
    /^The keychain is locked\. Unlock it/,
  ],
  [
    'absent',
    'The name org.freedesktop.secrets was not provided',
    'no keychain answers',
    /^No keychain answers on this desktop/,
  ],
  ['refused', 'access denied', 'the keychain refuses', /^The keychain cannot be used: access denied/],
] as const;
for (const [state, words, tray, sentence] of states) {
  onStandIn(
    `a keychain that is ${state} is said in the tray, in a notification at a hidden start and on the first screen, and noticed when it is not any more`,
    async ({ fleet, aComputer, start }) => {
      const computer = aComputer();
      wasSetUp(computer, fleet.url);
      writeFileSync(
        join(computer.home, 'keychain.json'),
        JSON.stringify({ [`AgentFleet ${fleet.url}`]: fleet.key }),
      );
      says(computer, words);
      const app = await start(computer, { args: ['--hidden'] });
      await app.hasTold(({ notifications }) => notifications.some(({ body }) => sentence.test(body)));
      await app.hasTold((now) => now.tray?.tooltip === `AgentFleet: ${tray}`);
      expect((await app.told()).notifications).toHaveLength(1);
      await app.clickTray('Open AgentFleet');
      const page = await app.page();
      await page.getByRole('heading', { name: 'This computer has no key at hand' }).waitFor();
      await page.getByText(sentence).first().waitFor();
      rmSync(join(computer.home, 'keychain.json.says'));
      await page.getByRole('button', { name: 'Look again' }).click();
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

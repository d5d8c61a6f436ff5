import { expect } from 'vitest';
import { Fleet } from '../../../runner-core/e2e/fleet.js';
import { gate, text } from '../../../runner-core/e2e/model-server.js';
import { latch } from '../browser/latch.js';
import { answerDialogs, ask, connect, copyText } from './hands.js';
import { withKeychain } from './test.js';

withKeychain(
  'servers that were connected are switched between in the window and in the tray, each with its own key, when what runs has ended',
  async ({ fleet, model, modelServer, aComputer, start }) => {
    const other = await Fleet.start(modelServer, { daemon: false });
    try {
      const computer = aComputer();
      const app = await start(computer);
      const page = await app.page();
      await connect(app, page, fleet.url, fleet.key);
      await page.getByRole('button', { name: 'Open the dashboard' }).click();
      await page.getByRole('link', { name: 'This computer', exact: true }).click();
      const server = page.getByLabel('Server address');
      const isAt = async (url: string) => {
        await expect.poll(() => computer.readSettings().server, { timeout: 15_000 }).toBe(url);
        await app.hasTold(({ tray }) => tray?.tooltip === 'AgentFleet: online');
      };

      await server.fill(other.url);
      await copyText(app, other.key);
      await answerDialogs(app, { button: 'Send it and connect' });
      await page.getByRole('button', { name: 'Replace it by the copied key' }).click();
      await isAt(other.url);

      // From a page it is asked about, as every move is.
      await page.getByRole('link', { name: 'This computer', exact: true }).click();
      const goBack = page.getByRole('button', { name: `Switch to ${fleet.url}` });
      await answerDialogs(app, { button: 'Change nothing' });
      await goBack.click();
      await page.getByText('Nothing was changed.').waitFor();
      expect(computer.readSettings().server).toBe(other.url);
      await answerDialogs(app, { button: 'Allow it' });
      await goBack.click();
      await isAt(fleet.url);
      expect(await ask(app, 'applySettings', { servers: [] } as never)).toMatchObject({ ok: false });

      // In the tray it is the owner's own word; what runs ends first.
      const go = latch();
      model.says(() => [text('At it.'), gate(go.opened), text('Done.')]);
      const { id } = await fleet.launch({ cwd: computer.code });
      await fleet.logged(id, ({ message }) => message === 'At it.');
      await answerDialogs(app, { button: 'Wait until it has ended' });
      const before = (await app.told()).dialogs.length;
      await app.clickTray(other.url);
      await app.hasTold(({ tray }) => tray?.tooltip === 'AgentFleet: finishing current sessions, 1 running');
      expect((await app.told()).dialogs.length).toBe(before + 1);
      go.open();
      expect(await fleet.ended(id)).toMatchObject({ status: 'SUCCEEDED' });
      await isAt(other.url);
      model.says(() => [text('done')]);
      expect(await other.ended((await other.launch({ cwd: computer.code })).id)).toMatchObject({
        status: 'SUCCEEDED',
      });

      // Away it is not moved to, and that is said; forgotten it is gone with its key.
      await fleet.killServer();
      await app.clickTray(fleet.url);
      await app.hasTold(({ dialogs }) => dialogs.at(-1)?.message === 'This computer stays where it is');
      expect(computer.readSettings().server).toBe(other.url);
      await page.getByRole('link', { name: 'This computer', exact: true }).click();
      await answerDialogs(app, { button: 'Forget it' });
      await page.getByRole('button', { name: `Forget ${fleet.url}` }).click();
      await expect.poll(() => computer.readSettings().servers).toEqual([other.url]);
      await page.getByRole('button', { name: 'Forget the key' }).click();
      await page.getByRole('heading', { name: 'Connect this computer' }).waitFor();
    } finally {
      await other.close();
    }
  },
);

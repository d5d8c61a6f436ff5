import type { Applied } from '@agentfleet/bridge';
import { expect } from 'vitest';
import { gate, text } from '../../../runner-core/e2e/model-server.js';
import { otherSettings } from '../../main/src/testing.js';
import { latch } from '../browser/latch.js';
import { answerDialogs, ask } from './hands.js';
import { test } from './test.js';

test('while two sessions run every setting is changed, another address is tried and waits, their folder is taken away, and both end by themselves', async ({
  fleet,
  model,
  connected,
}) => {
  const { computer, app } = await connected();
  const go = latch();
  model.says(() => [text('At it.'), gate(go.opened), text('Done.')]);
  const ids: string[] = [];
  for (const prompt of ['one', 'two'])
    ids.push((await fleet.launch({ cwd: computer.code, prompt, sharedCwd: true })).id);
  const tooltip = (words: string) => app.hasTold(({ tray }) => tray?.tooltip === `AgentFleet: ${words}`);
  await tooltip('online, 2 running');
  const page = await app.page();
  const aboutSessions = async () =>
    (await app.told()).dialogs.filter(({ message }) => message.includes('sessions are running')).length;

  await answerDialogs(app, { button: 'Allow it' });
  for (const [name, value] of Object.entries(otherSettings(computer.home))) {
    const reply = await ask(app, 'applySettings', { [name]: value });
    // What the system refuses is not kept either: a display of a test has no place for a login item.
    if (reply.ok) expect(computer.readSettings()[name], name).toEqual(value);
    else expect(name).toMatch(/^(openAtLogin|quickLaunch)$/);
    await tooltip('online, 2 running');
  }
  expect(await aboutSessions()).toBe(0);

  await app.clickTray('Settings…');
  await page.getByRole('list', { name: 'Running here' }).getByText('two').waitFor();
  const apply = page.getByRole('button', { name: 'Apply', exact: true });
  const address = page.getByLabel('Server address');
  await answerDialogs(app, {});
  await address.fill('127.0.0.1:1');
  await address.blur();
  await apply.click();
  await page
    .getByRole('alert')
    .getByText(/127\.0\.0\.1:1 does not answer/)
    .waitFor();
  // Another spelling of the same server is another address, and that of a page of it will do.
  const elsewhere = fleet.url.replace('127.0.0.1', 'localhost');
  await address.fill(`${elsewhere.replace('http://', '')}/sessions`);
  await apply.click();
  await page.getByText('Nothing was changed.').waitFor();
  // It is two questions: whether this computer is that server's at all, and what becomes of the sessions.
  await answerDialogs(app, { button: 'Allow it' });
  await apply.click();
  await expect.poll(aboutSessions).toBe(1);
  await page.getByText('Nothing was changed.').waitFor();
  await answerDialogs(app, { button: ['Allow it', 'Wait until they have ended'] });
  await apply.click();
  await page.getByText(`This computer moves to ${elsewhere} when the 2 sessions`).waitFor();
  await tooltip('finishing current sessions, 2 running');
  expect(computer.readSettings().server).toBe(fleet.url);
  const { dialogs, modal } = await app.told();
  expect(dialogs.at(-1)?.message).toBe(`2 sessions are running for ${fleet.url}`);
  // None of them can be behind the window.
  expect(modal).not.toContain(false);
  await page.getByRole('button', { name: 'Leave it as it is' }).click();
  await tooltip('online, 2 running');

  await answerDialogs(app, { button: 'Let them finish' });
  const reply = await ask(app, 'applySettings', { directories: [] });
  expect(reply.ok && (reply.output as Applied).outcome).toBe('applied');
  expect(await aboutSessions()).toBe(3);
  await tooltip('finishing current sessions, 2 running');
  go.open();
  for (const id of ids) expect(await fleet.ended(id)).toMatchObject({ status: 'SUCCEEDED' });
});

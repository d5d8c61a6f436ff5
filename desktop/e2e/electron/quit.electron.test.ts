import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { gate, text } from '../../../runner-core/e2e/model-server.js';
import { latch } from '../browser/latch.js';
import { answerDialogs } from './hands.js';
import { test } from './test.js';

test('with nothing running it quits without a question, and the server knows at once', async ({
  connected,
  fleet,
}) => {
  const { app } = await connected();
  // A question would be answered with staying.
  await app.clickTray('Quit AgentFleet');
  await app.ended();
  expect(app.exitCode).toBe(0);
  const runners = () => fleet.get<{ data: { name: string; state: string }[] }>('/runners');
  await expect.poll(runners).toMatchObject({ data: [{ name: 'mill', state: 'offline' }] });
});

test('with a session running it asks, and stays, or waits for its end', async ({
  connected,
  fleet,
  model,
}) => {
  const { computer, app } = await connected();
  const go = latch();
  model.says(() => [text('At it.'), gate(go.opened), text('Done.')]);
  const { id } = await fleet.launch({ cwd: computer.code });
  await fleet.logged(id, ({ message }) => message === 'At it.');
  await answerDialogs(app, { button: 'Keep running' });
  await app.clickTray('Quit AgentFleet');
  await app.hasTold(({ dialogs }) => dialogs.length === 1);
  expect((await app.told()).dialogs[0]).toMatchObject({
    message: 'A session is running on this computer',
    buttons: ['Finish, then quit', 'Stop and quit', 'Keep running'],
  });
  await answerDialogs(app, { button: 'Finish, then quit' });
  await app.clickTray('Quit AgentFleet');
  await app.hasTold(({ tray }) => tray?.tooltip === 'AgentFleet: finishing current sessions, 1 running');
  // Impatience alone stops nothing.
  await answerDialogs(app, { button: 'Wait' });
  await app.clickTray('Quit AgentFleet');
  await app.hasTold(({ dialogs }) => dialogs.at(-1)?.message === 'A session is still being finished');
  go.open();
  await app.ended();
  expect(await fleet.ended(id)).toMatchObject({ status: 'SUCCEEDED' });
});

test('told to stop the session it does, and quits', async ({ connected, fleet, model }) => {
  const { computer, app } = await connected();
  model.says(() => [text('At it.'), gate(new Promise(() => undefined))]);
  const { id } = await fleet.launch({ cwd: computer.code });
  await fleet.logged(id, ({ message }) => message === 'At it.');
  await answerDialogs(app, { button: 'Stop and quit' });
  await app.clickTray('Quit AgentFleet');
  await app.ended();
  expect(await fleet.ended(id)).toMatchObject({ status: 'CANCELLED' });
});

test('a quit that waits for a session is taken back in the question, in the tray and in the window, and sessions are taken again', async ({
  connected,
  fleet,
  model,
}) => {
  const { computer, app } = await connected();
  const page = await app.page();
  const go = latch();
  const [one, two] = [join(computer.code, 'one'), join(computer.code, 'two')];
  for (const folder of [one, two]) mkdirSync(folder);
  model.says(({ messages }) =>
    JSON.stringify(messages).includes('take long')
      ? [text('At it.'), gate(go.opened), text('Done.')]
      : [text('Done.')],
  );
  const { id } = await fleet.launch({ cwd: one, prompt: 'take long' });
  await fleet.logged(id, ({ message }) => message === 'At it.');
  const ways = [
    async () => {
      await answerDialogs(app, { button: 'Keep running' });
      await app.clickTray('Quit AgentFleet');
    },
    () => app.clickTray('Keep running, do not quit'),
    async () => {
      const runner = page.getByRole('region', { name: 'Runner of this computer' });
      await runner.getByRole('button', { name: 'Keep running' }).click();
    },
  ];
  for (const takeBack of ways) {
    await answerDialogs(app, { button: 'Finish, then quit' });
    await app.clickTray('Quit AgentFleet');
    await app.hasTold(({ tray }) => tray?.tooltip === 'AgentFleet: finishing current sessions, 1 running');
    await takeBack();
    await app.hasTold(({ tray }) => tray?.tooltip === 'AgentFleet: online, 1 running');
  }
  const next = await fleet.launch({ cwd: two });
  expect(await fleet.ended(next.id)).toMatchObject({ status: 'SUCCEEDED' });
  go.open();
  expect(await fleet.ended(id)).toMatchObject({ status: 'SUCCEEDED' });
  expect(app.hasEnded).toBe(false);
});

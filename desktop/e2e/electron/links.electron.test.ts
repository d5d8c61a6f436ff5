import { expect } from 'vitest';
import { answerDialogs } from './hands.js';
import type { RunningApp } from './running-app.js';
import { test } from './test.js';

/** As the system hands over a link to the app that runs. */
function follow(app: RunningApp, link: string): Promise<unknown> {
  return app.electron.evaluate(({ app }, link) => {
    app.emit('second-instance', { preventDefault: () => undefined }, ['agentfleet', link], '/', {});
  }, link);
}

test('a link opens its session: at the start, and in the app that runs when a second one is started', async ({
  fleet,
  connected,
}) => {
  const { computer, app } = await connected();
  const first = await fleet.launch({ cwd: computer.code, prompt: 'one' });
  const second = await fleet.launch({ cwd: computer.code, prompt: 'two' });
  await fleet.ended(first.id);
  await fleet.ended(second.id);
  await app.startAgain(`agentfleet://runs/${first.id}`);
  await expect.poll(() => app.screen()).toBe(`/sessions/${first.id}`);
  expect(await app.windows()).toBe(1);
  await app.quit();
  const again = await connected({ computer, args: [`agentfleet://runs/${second.id}`] });
  await (await again.app.page()).waitForURL(`**/sessions/${second.id}`);
});

test('a second start without a link brings the window back', async ({ connected }) => {
  const { app } = await connected();
  await app.page();
  await app.closeWindow();
  await expect.poll(() => app.windows()).toBe(0);
  await app.startAgain();
  await expect.poll(() => app.windows()).toBe(1);
  await app.shows('Sessions');
});

test('a link to a server asks first, only suggests the address, and connects nothing', async ({
  connected,
  fleet,
}) => {
  const { computer, app } = await connected();
  const page = await app.page();
  const link = 'agentfleet://connect?url=https%3A%2F%2Ffleet.example';
  await follow(app, link);
  await app.hasTold(({ dialogs }) => dialogs.length === 1);
  expect((await app.told()).dialogs[0]?.message).toBe('Connect this computer to https://fleet.example?');
  await answerDialogs(app, { button: 'Show me' });
  await follow(app, link);
  await expect.poll(() => app.screen()).toBe('/computer');
  await expect.poll(() => page.getByLabel('Server address').inputValue()).toBe('https://fleet.example');
  expect(computer.readSettings().server).toBe(fleet.url);
});

const hostile = [
  'agentfleet://runs/../../computer',
  'agentfleet://runs/clr..%2f..%2fcomputer',
  'agentfleet://runs/clrabcdefgh12345?cwd=/etc',
  'agentfleet://runs/clrabcdefgh12345#x',
  'agentfleet://user:pw@runs/clrabcdefgh12345',
  'agentfleet://connect?url=http://evil.example',
  'agentfleet://connect?url=https://user:pw@evil.example',
  'agentfleet://connect?url=https://evil.example&key=af_live_00000000000000000000000000000000000000',
  'agentfleet://connect?url=javascript:alert(1)',
  'agentfleet://connect?url=file:///etc/passwd',
  'agentfleet://quit',
  `agentfleet://runs/clr${'a'.repeat(3_000)}`,
];

test('whatever else a link asks for is passed over', async ({ connected, fleet }) => {
  const { computer, app } = await connected();
  await (await app.page()).getByRole('heading', { name: 'Sessions', level: 1 }).waitFor();
  for (const link of hostile) await follow(app, link);
  await expect.poll(() => computer.log().match(/A link was passed over/g)?.length).toBe(hostile.length);
  expect((await app.told()).dialogs).toEqual([]);
  expect(await app.screen()).toBe('/sessions');
  expect(computer.readSettings().server).toBe(fleet.url);
  expect(await app.windows()).toBe(1);
});

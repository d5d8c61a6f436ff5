import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { gate, text } from '../../../runner-core/e2e/model-server.js';
import { latch } from '../browser/latch.js';
import { answerDialogs } from './hands.js';
import type { RunningApp } from './running-app.js';
import { test } from './test.js';

const here = (page: Page) => page.getByRole('list', { name: 'Running here' });

/** This computer's screen, from wherever the window is. */
async function openSettings(app: RunningApp): Promise<Page> {
  const page = await app.page();
  await app.clickTray('Settings…');
  await expect.poll(() => app.screen()).toBe('/computer');
  return page;
}

test('a session is stopped at the machine, from its page and from the tray, also while the server is away', async ({
  fleet,
  model,
  connected,
}) => {
  const { computer, app } = await connected();
  model.says(() => [text('At it.'), gate(new Promise(() => undefined))]);
  const ids: string[] = [];
  for (const prompt of ['one', 'two'])
    ids.push((await fleet.launch({ cwd: computer.code, prompt, sharedCwd: true })).id);
  await app.hasTold(({ tray }) => tray?.tooltip === 'AgentFleet: online, 2 running');
  const page = await openSettings(app);
  await answerDialogs(app, { button: 'Stop it' });
  await here(page).getByRole('button', { name: 'Stop one' }).click();
  expect(await fleet.ended(ids[0] ?? '')).toMatchObject({ status: 'CANCELLED' });
  await fleet.killServer();
  await app.hasTold(({ tray }) => /^AgentFleet: offline/.test(tray?.tooltip ?? ''));
  await app.clickTray('two');
  await page.getByText('Nothing runs here now.').waitFor();
  await fleet.startServer();
  expect(await fleet.ended(ids[1] ?? '')).toMatchObject({ status: 'CANCELLED' });
});

test('the server knows that what ran was stopped before the key is forgotten', async ({
  fleet,
  model,
  connected,
}) => {
  const { computer, app } = await connected();
  model.says(() => [text('At it.'), gate(new Promise(() => undefined))]);
  const { id } = await fleet.launch({ cwd: computer.code });
  await fleet.logged(id, ({ message }) => message === 'At it.');
  await app.page();
  await answerDialogs(app, { button: 'Stop and forget it' });
  await app.inPage(`window.agentfleet.ask('forgetKey')`);
  // Not in a while: now.
  expect(await fleet.run(id)).toMatchObject({ status: 'CANCELLED' });
});

test.for(['SIGTERM', 'shutdown'] as const)(
  'by %s it ends without a question: what can end does, the rest is stopped, and the server knows',
  async (how, { fleet, model, connected }) => {
    const { computer, app } = await connected();
    const go = latch();
    model.says((request) =>
      JSON.stringify(request).includes('soon done')
        ? [text('At it.'), gate(go.opened), text('Done.')]
        : [text('At it.'), gate(new Promise(() => undefined))],
    );
    const soon = await fleet.launch({ cwd: computer.code, prompt: 'soon done', sharedCwd: true });
    const never = await fleet.launch({ cwd: computer.code, prompt: 'never done', sharedCwd: true });
    for (const { id } of [soon, never]) await fleet.logged(id, ({ message }) => message === 'At it.');
    go.open();
    if (how === 'SIGTERM') process.kill(app.pid, how);
    else {
      await app.electron.evaluate(({ powerMonitor }) =>
        powerMonitor.emit('shutdown', { preventDefault: () => undefined }),
      );
    }
    await app.ended();
    expect(app.exitCode).toBe(0);
    expect(await fleet.run(soon.id)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await fleet.run(never.id)).toMatchObject({ status: 'FAILED', failure: { code: 'runner_lost' } });
  },
);

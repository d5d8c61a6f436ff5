import { expect } from 'vitest';
import { text } from '../../../runner-core/e2e/model-server.js';
import type { Computer } from './computer.js';
import { test } from './test.js';

interface Listed {
  id: string;
  state: string;
  pausedBy: string | null;
  pausedAtMachine: boolean;
  pausedUntil: string | null;
}

const runnerOf = (computer: Computer) => /Online as (run_\w+)/.exec(computer.log())?.[1] ?? '';

test('what is paused in the app and on the Runners page is one state, with who and until when, and survives a restart', async ({
  fleet,
  model,
  connected,
}) => {
  const { computer, app } = await connected();
  const own = () => fleet.get<Listed>(`/runners/${runnerOf(computer)}`);
  const tooltip = (pattern: RegExp) => app.hasTold(({ tray }) => pattern.test(tray?.tooltip ?? ''));
  const page = await app.page();
  const runner = page.getByRole('region', { name: 'Runner of this computer' });
  model.says(() => [text('done')]);

  await app.clickTray('For an hour');
  await tooltip(/^AgentFleet: paused here until /);
  await runner.getByText('Paused', { exact: false }).first().waitFor();
  await expect.poll(own).toMatchObject({ state: 'paused', pausedAtMachine: true, pausedBy: null });
  expect(Date.parse((await own()).pausedUntil ?? '') - Date.now()).toBeGreaterThan(3_500_000);
  const { id } = await fleet.launch({ cwd: computer.code });
  expect((await fleet.run(id)).status).toBe('QUEUED');

  // Somebody else resumes it on the Runners page, and pauses it with a word.
  await fleet.request('POST', `/runners/${(await own()).id}/resume`, {});
  await app.hasTold(({ tray }) => tray?.tooltip === 'AgentFleet: online');
  expect((await fleet.ended(id)).status).toBe('SUCCEEDED');
  await fleet.request('POST', `/runners/${(await own()).id}/pause`, { note: 'a new disk' });
  await tooltip(/^AgentFleet: paused by .*: a new disk$/);
  await runner.getByText(/Paused by .*: a new disk/).waitFor();

  await app.quit();
  const again = (await connected({ computer, waits: false })).app;
  await again.hasTold(({ tray }) => /^AgentFleet: paused by .*: a new disk$/.test(tray?.tooltip ?? ''));
  await again.clickTray('Resume');
  await expect.poll(own).toMatchObject({ state: 'online', pausedBy: null });
  await again.hasTold(({ tray }) => tray?.tooltip === 'AgentFleet: online');
});

test('paused while the server is away it takes nothing when that is back, also after a restart', async ({
  fleet,
  connected,
}) => {
  const { computer, app } = await connected();
  await fleet.killServer();
  await app.hasTold(({ tray }) => /^AgentFleet: offline/.test(tray?.tooltip ?? ''));
  await app.clickTray('Until it is resumed');
  await app.logged(/Paused on this computer/);
  await app.quit();
  await fleet.startServer();
  const again = (await connected({ computer, waits: false })).app;
  await again.hasTold(({ tray }) => tray?.tooltip === 'AgentFleet: paused here');
  await expect
    .poll(() => fleet.get<Listed>(`/runners/${runnerOf(computer)}`))
    .toMatchObject({ state: 'paused', pausedAtMachine: true });
});

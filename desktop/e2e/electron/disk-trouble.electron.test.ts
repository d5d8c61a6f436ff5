import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { text } from '../../../runner-core/e2e/model-server.js';
import { test } from './test.js';

test('where no log can be kept no session is taken, which tray and window say, until there is room again', async ({
  fleet,
  model,
  connected,
}) => {
  const { computer, app } = await connected();
  const page = await app.page();
  model.says(() => [text('done')]);
  const outbox = join(computer.runnerDir, 'outbox');
  rmSync(outbox, { recursive: true, force: true });
  writeFileSync(outbox, 'in the way');
  const runnerId = /Online as (run_\w+)/.exec(computer.log())?.[1];
  const stateOf = async () => (await fleet.get<{ state: string }>(`/runners/${runnerId}`)).state;

  await app.hasTold(({ tray }) => /outbox is not a folder/.test(tray?.tooltip ?? ''));
  const runner = page.getByRole('region', { name: 'Runner of this computer' });
  await runner.getByText('This computer takes no session until a log can be kept there.').waitFor();
  await expect.poll(stateOf).toBe('draining');
  const { id } = await fleet.launch({ cwd: computer.code });
  expect(await fleet.run(id)).toMatchObject({ status: 'QUEUED', queue: { reason: 'runner_paused' } });

  rmSync(outbox);
  await app.hasTold(({ tray }) => tray?.tooltip === 'AgentFleet: online');
  expect((await fleet.ended(id)).status).toBe('SUCCEEDED');
});

test('where nothing can be kept in its own folder the app starts all the same and says so, and saves no setting by halves', async ({
  aComputer,
  start,
}) => {
  const computer = aComputer();
  rmSync(computer.userData, { recursive: true });
  writeFileSync(computer.userData, 'in the way');
  const app = await start(computer);
  await app.hasTold(({ tray }) => /is not a folder/.test(tray?.tooltip ?? ''));
  await app.shows('The app’s settings and its log cannot be kept there.');
  expect(app.hasEnded).toBe(false);
});

test('a folder of the runner that cannot be made is said in a sentence, and tried again', async ({
  aComputer,
  connected,
}) => {
  const computer = aComputer();
  writeFileSync(computer.runnerDir, 'in the way');
  const { app } = await connected({ computer, waits: false });
  await app.hasTold(({ tray }) =>
    /^AgentFleet: cannot work: .*runner is not a folder, or lies in what is none\.?$/.test(
      tray?.tooltip ?? '',
    ),
  );
  rmSync(computer.runnerDir);
  await app.hasTold(({ tray }) => tray?.tooltip === 'AgentFleet: online');
});

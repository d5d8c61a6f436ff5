import { expect } from 'vitest';
import {
  type ModelRequest,
  modelMessages,
  modelServerEnvironment,
  text,
} from '../../../runner-core/e2e/model-server.js';
import { test } from './test.js';

/** Says how much of the thread it remembers. */
const remembering = (request: ModelRequest) => [text(`I remember ${modelMessages(request)}.`)];

test('what the daemon has begun the app continues, and the other way round: on one machine they are one runner', async ({
  fleet,
  model,
  modelServer,
  aComputer,
  connected,
}) => {
  const computer = aComputer();
  const startDaemon = () =>
    fleet.startDaemon({
      ...modelServerEnvironment(modelServer.url, computer.home),
      ALLOWED_DIRS: computer.code,
      AGENTFLEET_RUNNER_DIR: computer.runnerDir,
    });
  model.says(remembering);

  await startDaemon();
  const first = await fleet.launch({ cwd: computer.code, prompt: 'begin' });
  const byDaemon = await fleet.ended(first.id);
  expect(byDaemon).toMatchObject({ status: 'SUCCEEDED', result: 'I remember 0.' });
  await fleet.killDaemon();

  const { app } = await connected({ computer });
  const byApp = await fleet.ended((await fleet.followUp(first.id, 'go on')).id);
  expect(byApp).toMatchObject({
    status: 'SUCCEEDED',
    result: 'I remember 1.',
    runnerId: byDaemon.runnerId,
    agentSessionId: byDaemon.agentSessionId,
  });
  await app.quit();

  await startDaemon();
  const again = await fleet.ended((await fleet.followUp(byApp.id, 'and on')).id);
  expect(again).toMatchObject({ status: 'SUCCEEDED', result: 'I remember 2.', runnerId: byDaemon.runnerId });

  // Both at once: the second one says who is in its way, and takes over when that one has ended.
  const beside = await connected({ computer, waits: false });
  await beside.app.hasTold(({ tray }) =>
    /^AgentFleet: cannot work: Another runner uses /.test(tray?.tooltip ?? ''),
  );
  await beside.app.shows('Another runner uses');
  await fleet.killDaemon();
  await beside.app.hasTold(({ tray }) => tray?.tooltip === 'AgentFleet: online');
});

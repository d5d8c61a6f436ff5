import { RunnersQuery } from '@agentfleet/contract';
import { expect, test } from 'vitest';
import { finishOf, useOrg } from '../testing/org-with-queue.js';

const org = useOrg();
const { runner, launch, claimOne } = org;

async function ends(runnerId: string, message?: string) {
  const { id } = await launch({ runnerId });
  const run = await claimOne(runnerId);
  await org.queue.start(org.id, id, { token: run.token });
  const failure = message === undefined ? null : ({ code: 'agent_crashed', message } as const);
  const status = failure ? 'FAILED' : 'SUCCEEDED';
  await org.queue.finish(org.id, id, finishOf(run, [], { status, failure, costUsd: null }));
  return id;
}

const listed = async (id: string) =>
  (await org.queue.runners(org.id, RunnersQuery.parse({}))).data.find((one) => one.id === id);

test('a runner says which of its newest sessions failed last, with the words of it', async () => {
  const box = await runner();
  const other = await runner();
  await ends(other, 'elsewhere');
  expect(await listed(box)).toMatchObject({ lastFailure: null });
  await ends(box, 'an older one');
  const runId = await ends(box, 'It exited with code 1.');
  await ends(box);
  const lastFailure = {
    runId,
    failure: { code: 'agent_crashed', message: 'It exited with code 1.' },
    at: expect.any(String),
  };
  expect(await listed(box)).toMatchObject({ lastFailure });
  expect(await org.queue.runner(org.id, box)).toMatchObject({ lastFailure });
});

test('a failure that twenty sessions came after is no news', async () => {
  const box = await runner();
  await ends(box, 'long ago');
  for (let n = 0; n < 19; n += 1) await ends(box);
  expect((await listed(box))?.lastFailure).not.toBeNull();
  await ends(box);
  expect(await listed(box)).toMatchObject({ lastFailure: null });
});

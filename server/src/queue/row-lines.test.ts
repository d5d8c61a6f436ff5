import {
  type ClaimedRun,
  DecideApproval,
  type Event,
  type EventKind,
  type RequestApproval,
  type RunRow,
  RunsQuery,
} from '@agentfleet/contract';
import { expect, test } from 'vitest';
import { Approvals } from '../approvals/approvals.js';
import { newId } from '../db/ids.js';
import { counting } from '../testing/counting.js';
import { keyNamed } from '../testing/key-named.js';
import { event, useOrg } from '../testing/org-with-queue.js';
import { createQueue } from './create-queue.js';

const org = useOrg();
const { runner, launch, claimOne } = org;

async function running(runnerId: string, cwd = '/code/app'): Promise<ClaimedRun> {
  await launch({ runnerId, cwd });
  const run = await claimOne(runnerId);
  await org.queue.start(org.id, run.id, { token: run.token });
  return run;
}

const rows = async (query: Record<string, string> = {}): Promise<RunRow[]> =>
  (await org.queue.list(org.id, RunsQuery.parse(query))).data;
const rowOf = async (id: string) => (await rows()).find((row) => row.id === id);

const said = (seq: number, kind: EventKind, message: string): Event => ({ ...event(seq, message), kind });
const append = (run: ClaimedRun, ...events: Event[]) =>
  org.log.append(org.id, run.id, { token: run.token, events });

const ask = (run: ClaimedRun, message: string, more: Partial<RequestApproval> = {}) =>
  new Approvals(org.database).request(org.id, run.id, {
    ...{ token: run.token, requestId: newId('cmd_'), tool: 'Bash', message, input: {} },
    ...{ toolUseId: null, sessionGrant: null, waitSec: 600, ...more },
  });

test('the row of a running session has its last words or tool, and nothing of what is no word of it', async () => {
  const run = await running(await runner());
  expect(await rowOf(run.id)).toMatchObject({ line: null });
  await append(run, said(1, 'assistant', 'I look first.'), said(2, 'tool_use', 'Read src/app.ts'));
  expect(await rowOf(run.id)).toMatchObject({
    line: { kind: 'tool_use', message: 'Read src/app.ts', at: '2026-11-23T10:00:00.000Z' },
  });
  await append(run, said(3, 'tool_result', 'ok'), said(4, 'thinking', 'hm'), said(5, 'system', 'a notice'));
  expect(await rowOf(run.id)).toMatchObject({ line: { message: 'Read src/app.ts' } });
  await append(run, said(6, 'assistant', '😀'.repeat(1_000)));
  expect((await rowOf(run.id))?.line?.message).toBe('😀'.repeat(300));
  await org.database.prisma.run.update({ where: { id: run.id }, data: { status: 'SUCCEEDED' } });
  expect(await rowOf(run.id)).toMatchObject({ line: null });
});

test('only the newest fifty events are looked at, however long a session has been silent', async () => {
  const run = await running(await runner());
  const silence = Array.from({ length: 49 }, (_, n) => said(n + 2, 'tool_result', 'line of output'));
  await append(run, said(1, 'assistant', 'I start the server.'), ...silence);
  expect(await rowOf(run.id)).toMatchObject({ line: { message: 'I start the server.' } });
  await append(run, said(51, 'tool_result', 'one more'));
  expect(await rowOf(run.id)).toMatchObject({ line: null });
});

test('the row of one that waits for a person says what it asks, the oldest first, until that is answered', async () => {
  const run = await running(await runner());
  const first = await ask(run, 'Bash npm test');
  await ask(run, 'Bash rm -rf build');
  expect(await rowOf(run.id)).toMatchObject({
    approvalsWaiting: 2,
    asks: { approvalId: first.id, tool: 'Bash', message: 'Bash npm test', expiresAt: expect.any(String) },
  });
  const yes = DecideApproval.parse({ decision: 'allow' });
  await new Approvals(org.database).decide(org.id, first.id, yes, keyNamed('laptop'));
  expect(await rowOf(run.id)).toMatchObject({ approvalsWaiting: 1, asks: { message: 'Bash rm -rf build' } });
  await org.database.prisma.approval.updateMany({
    where: { runId: run.id },
    data: { expiresAt: new Date(0) },
  });
  expect(await rowOf(run.id)).toMatchObject({ asks: null });
});

test('each queued session of a page says why it waits, and the page asks for that once', async () => {
  const box = await runner(['/code'], 2);
  const busy = await running(box, '/code/busy');
  const ids = {
    directory_busy: (await launch({ cwd: '/code/busy' })).id,
    directory_not_covered: (await launch({ cwd: '/elsewhere' })).id,
    ready: (await launch({ cwd: '/code/free' })).id,
    parent_running: (await org.queue.followUp(org.id, busy.id, { prompt: 'and then' })).id,
  };
  const { database, asked } = counting(org.database);
  const { data } = await createQueue(database).list(org.id, RunsQuery.parse({}));
  expect(asked.filter((name) => !name.startsWith('select-runs'))).toHaveLength(3);
  for (const [reason, id] of Object.entries(ids)) {
    const { queue } = await org.queue.get(org.id, id);
    const wait = data.find((row) => row.id === id)?.wait;
    expect(wait).toEqual({ reason, message: queue?.message });
  }
  expect(data.find(({ id }) => id === busy.id)?.wait).toBeNull();
});

test('a page on which nothing is queued asks for nothing more than its rows', async () => {
  await running(await runner());
  const { database, asked } = counting(org.database);
  await createQueue(database).list(org.id, RunsQuery.parse({}));
  expect(asked).toHaveLength(1);
});

import type { ClaimedRun } from '@agentfleet/contract';
import { CreateRun, RunsQuery } from '@agentfleet/contract';
import { expect, test } from 'vitest';
import { Approvals } from '../approvals/approvals.js';
import type { Database } from '../db/database.js';
import { newId, newRunId } from '../db/ids.js';
import { createEventLog } from '../eventlog/create-eventlog.js';
import { tidyUp } from '../housekeeping.js';
import { onBothDatabases } from '../testing/both-databases.js';
import { keyNamed } from '../testing/key-named.js';
import { machine } from '../testing/machine.js';
import { event, finishOf, patient } from '../testing/org-with-queue.js';
import { sumUsage } from '../usage/sum-usage.js';
import { createQueue } from './create-queue.js';
import { forgetRuns } from './forget-runs.js';
import { defaultPolicy } from './policy.js';
import { selectRuns } from './sql/select-runs.js';

const day = 24 * 3_600_000;
const forgetful = { ...defaultPolicy, forgetsRuns: true };
const daysAgo = (days: number) => new Date(Date.now() - days * day);

onBothDatabases((on) => {
  const { orgId } = on;
  /** A session with an event, an answered approval and an end, and the run that it was. */
  async function ended(days: number): Promise<ClaimedRun> {
    const queue = createQueue(on.database);
    const cwd = `/code/${crypto.randomUUID()}`;
    const runner = await queue.register(orgId, machine({ directories: [cwd] }));
    await queue.enqueue(orgId, CreateRun.parse({ prompt: 'a secret prompt', cwd, labels: ['night'] }));
    const idle = { leases: [], acknowledged: [], draining: false, slots: 1, waitSec: 0 };
    const [run] = (await queue.claim(orgId, runner.id, idle, patient)).runs;
    if (!run) throw new Error('nothing was claimed');
    await queue.start(orgId, run.id, { token: run.token });
    const approvals = new Approvals(on.database);
    const asked = await approvals.request(orgId, run.id, {
      ...{ token: run.token, requestId: 'request-1', tool: 'Bash', message: 'Bash secret' },
      ...{ input: { command: 'secret' }, toolUseId: null, sessionGrant: null, waitSec: 600 },
    });
    await approvals.decide(orgId, asked.id, { decision: 'allow' }, keyNamed('laptop'));
    const events = [event(1, 'a secret event')];
    await createEventLog(on.database).append(orgId, run.id, { token: run.token, events });
    await queue.finish(orgId, run.id, finishOf(run, events, { result: 'a secret result', costUsd: 0.25 }));
    await on.database.prisma.run.update({ where: { id: run.id }, data: { finishedAt: daysAgo(days) } });
    return run;
  }

  const usage = () =>
    sumUsage(on.database, orgId, {
      ...{ from: daysAgo(1), to: daysAgo(-1), timeZone: 'UTC' },
      ...{ byDay: false, by: 'label' as const, groups: 10 },
    });

  /** What housekeeping does with 30 days for everything. */
  async function prune(): Promise<number> {
    await tidyUp(on.database, 30 * day, patient);
    return forgetRuns(on.database, 30 * day, patient);
  }

  test('a session that ended longer ago goes as if it were deleted, a younger one and one that goes on stay, and so does what they used', async () => {
    const queue = createQueue(on.database);
    const [old, young] = [await ended(31), await ended(29)];
    const before = await usage();
    expect(before).toMatchObject([{ key: 'night', runs: 2, costUsd: 0.5 }]);
    const child = await queue.followUp(orgId, old.id, { prompt: 'on' });
    expect(await prune()).toBe(1);
    await expect(queue.get(orgId, old.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const where = { where: { runId: old.id } };
    const left = [
      await on.database.prisma.run.findMany({ where: { id: old.id } }),
      await on.database.prisma.event.findMany(where),
      await on.database.prisma.approval.findMany(where),
      await on.database.prisma.command.findMany(where),
    ];
    const text = JSON.stringify(left, (_name, value) => (typeof value === 'bigint' ? Number(value) : value));
    expect(text).not.toContain('secret');
    expect(await queue.get(orgId, young.id)).toMatchObject({
      input: 'a secret prompt',
      result: 'a secret result',
    });
    expect(await createEventLog(on.database).read(orgId, young.id, { after: 0, limit: 9 })).toHaveLength(1);
    const followUp = await queue.get(orgId, child.id);
    expect(followUp).toMatchObject({ status: 'QUEUED', input: 'on', parentRunId: old.id });
    expect(followUp.parentDeletedAt).not.toBeNull();
    expect((await usage()).reduce((sum, { costUsd }) => sum + costUsd, 0)).toBe(0.5);
    // Its runner may still come with what it has.
    const append = createEventLog(on.database).append(orgId, old.id, {
      token: old.token,
      events: [event(2, 'x')],
    });
    await expect(append).rejects.toMatchObject({ code: 'STALE_ATTEMPT', details: { deleted: true } });
    expect(await prune()).toBe(0);
  });

  test('one whose events are shown stays until they are not', async () => {
    const { id } = await ended(31);
    expect(await forgetRuns(on.database, 30 * day, patient)).toBe(0);
    expect(await createQueue(on.database).get(orgId, id)).toMatchObject({ result: 'a secret result' });
    expect(await prune()).toBe(1);
  });

  test('lists do not look at what was forgotten, and neither does the next pass, but at what of that age goes on', async () => {
    const old = newId('org_');
    await on.database.prisma.org.create({ data: { id: old, name: 'Old' } });
    const at = daysAgo(40).getTime();
    const ids = Array.from({ length: 6_000 }, (_item, index) => newRunId(at + index)).sort();
    const one = {
      ...{ orgId: old, status: 'SUCCEEDED' as const, input: 'x', cwd: '/code', cwdKey: '/code', lane: '' },
      ...{ finishedAt: daysAgo(39), eventsPrunedAt: daysAgo(1), permissionMode: 'default', labels: [] },
    };
    const waits = ids[5_500] ?? '';
    await on.database.prisma.run.createMany({ data: ids.map((id) => ({ ...one, id, threadId: id })) });
    const goesOn = { status: 'QUEUED' as const, finishedAt: null, eventsPrunedAt: null };
    await on.database.prisma.run.update({ where: { id: waits }, data: goesOn });
    const from = async () => (await on.database.prisma.org.findUnique({ where: { id: old } }))?.runsFrom;
    expect(await forgetRuns(on.database, 30 * day, patient)).toBe(5_999);
    expect(await from()).toBe(waits);
    for (const order of ['asc', 'desc'] as const) {
      const asked = RunsQuery.parse({ order });
      const { statement } = selectRuns(old, asked, undefined, waits);
      expect(statement.text).toContain('r.id >= $');
      const { data } = await createQueue(on.database, forgetful).list(old, asked);
      expect(data.map(({ id }) => id)).toEqual([waits]);
    }
    await on.database.prisma.run.update({ where: { id: waits }, data: one });
    expect(await forgetRuns(on.database, 30 * day, patient)).toBe(1);
    const end = (await from()) ?? '';
    expect(end > (ids.at(-1) ?? '')).toBe(true);
    expect(end < newRunId(daysAgo(29).getTime())).toBe(true);
    const { id } = await createQueue(on.database).enqueue(
      old,
      CreateRun.parse({ prompt: 'x', cwd: '/code' }),
    );
    const { data } = await createQueue(on.database, forgetful).list(old, RunsQuery.parse({}));
    expect(data.map((run) => run.id)).toEqual([id]);
  });

  test('many go in small steps, with follow-ups in the same step, and one that is stopped is ended by the next', async () => {
    const ids = Array.from({ length: 450 }, () => newRunId(Date.now())).sort();
    const one = {
      ...{ orgId, status: 'SUCCEEDED' as const, input: 'x', cwd: '/code', cwdKey: '/code', lane: '' },
      ...{ finishedAt: daysAgo(31), permissionMode: 'default', labels: [], threadId: ids[0] ?? '' },
    };
    await on.database.prisma.run.createMany({
      data: ids.map((id, index) => ({ ...one, id, parentRunId: ids[index - 1] ?? null })),
    });
    await tidyUp(on.database, 30 * day, patient);
    const stop = new AbortController();
    const stopped: Database = {
      ...on.database,
      async transaction(work) {
        const result = await on.database.transaction(work);
        stop.abort();
        return result;
      },
    };
    const first = await forgetRuns(stopped, 30 * day, stop.signal);
    // It looks at 200, of which those of other tests are some.
    expect(first).toBeGreaterThan(150);
    expect(first).toBeLessThanOrEqual(200);
    expect(await forgetRuns(on.database, 30 * day, patient)).toBe(450 - first);
    const where = { id: { in: ids } };
    expect(await on.database.prisma.run.count({ where: { ...where, deletedAt: null } })).toBe(0);
    expect(await on.database.prisma.run.count({ where: { ...where, parentDeletedAt: null } })).toBe(1);
  });
});

import type { Run, UsageReport, UsageRow } from '@agentfleet/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newId } from '../../db/ids.js';
import { startTestServer, type TestServer } from '../../testing/server.js';

let server: TestServer;
let runnerId: string;
beforeAll(async () => {
  server = await startTestServer();
  runnerId = await addRunner('build-server');
  const [cheap, dear] = [tokens(100), tokens(1_000)];
  await spend({ labels: ['api', 'nightly'], cwd: '/code/a' }, { 'model-s': { ...cheap, costUsd: 0.5 } }, 0.5);
  await spend(
    { labels: ['api'], cwd: '/code/b', at: '2026-11-20T23:30:00.000Z' },
    { 'model-s': { ...cheap, costUsd: 0.25 }, 'model-l': { ...dear, costUsd: 2 } },
    2.25,
  );
  await spend(
    { cwd: '/code/b', runnerId, model: 'model-q', at: '2026-11-21T12:00:00.000Z' },
    undefined,
    null,
  );
  const stranger = await server.makeKey(['admin'], await server.makeOrg());
  await spend({ key: stranger, cwd: '/code/a' }, { 'model-s': { ...dear, costUsd: 99 } }, 99);
});
afterAll(() => server.close());

const tokens = (count: number) => ({
  inputTokens: count,
  outputTokens: count * 2,
  cacheReadTokens: count * 3,
  cacheCreationTokens: count * 4,
});

async function addRunner(name: string): Promise<string> {
  const id = newId('run_');
  await server.database.prisma.runner.create({
    data: {
      id,
      orgId: server.orgId,
      machineId: crypto.randomUUID(),
      name,
      hostname: name,
      platform: 'linux',
      arch: 'x64',
      version: '0.1.0',
      maxConcurrentRuns: 1,
    },
  });
  return id;
}

interface Launch {
  cwd: string;
  key?: string;
  labels?: string[];
  runnerId?: string;
  model?: string;
  /** When it was launched. */
  at?: string;
}

type ByModel = Record<string, ReturnType<typeof tokens> & { costUsd: number }>;

/** Launches through the API; what it used and when is then put on record. */
async function spend({ key, at, ...body }: Launch, byModel: ByModel | undefined, costUsd: number | null) {
  const launched = await server.call('POST', '/api/v1/runs', {
    ...(key === undefined ? {} : { key }),
    body: { prompt: 'go', ...body },
  });
  const { id } = (await launched.json()) as Run;
  const sum = (kind: keyof ReturnType<typeof tokens>) =>
    Object.values(byModel ?? {}).reduce((total, model) => total + model[kind], 0);
  const usage = byModel && {
    inputTokens: sum('inputTokens'),
    outputTokens: sum('outputTokens'),
    cacheReadTokens: sum('cacheReadTokens'),
    cacheCreationTokens: sum('cacheCreationTokens'),
    byModel,
  };
  const createdAt = new Date(at ?? '2026-11-20T10:00:00.000Z');
  const aged = id.replace(/^clr.{9}/, `clr${createdAt.getTime().toString(36).padStart(9, '0')}`);
  await server.database.prisma.run.update({
    where: { id },
    data: { id: aged, createdAt, costUsd, ...(usage ? { usage } : {}) },
  });
}

async function ask(query: string): Promise<UsageRow[]> {
  const range = 'from=2026-11-19T00:00:00.000Z&to=2026-11-25T00:00:00.000Z';
  const answer = await server.call('GET', `/api/v1/usage?${range}&${query}`);
  expect(answer.status).toBe(200);
  return ((await answer.json()) as UsageReport).data;
}

const brief = (rows: UsageRow[]) =>
  rows.map(({ day, name, other, runs, costUsd }) => [day, other ? 'other' : name, runs, costUsd]);

test('by day, every kind of token is summed, and another org’s sessions are not there', async () => {
  expect(await ask('groupBy=day')).toEqual([
    {
      day: '2026-11-20',
      key: null,
      name: null,
      other: false,
      runs: 2,
      costUsd: 2.75,
      inputTokens: 1_200,
      outputTokens: 2_400,
      cacheReadTokens: 3_600,
      cacheCreationTokens: 4_800,
    },
    {
      day: '2026-11-21',
      key: null,
      name: null,
      other: false,
      runs: 1,
      costUsd: 0,
      inputTokens: 0,
      outputTokens: 0,
      cacheReadTokens: 0,
      cacheCreationTokens: 0,
    },
  ]);
});

test('days are those of the time zone that is asked for', async () => {
  expect(brief(await ask('groupBy=day&timeZone=Asia/Tokyo'))).toEqual([
    ['2026-11-20', null, 1, 0.5],
    ['2026-11-21', null, 2, 2.25],
  ]);
});

test('by runner, its name is told, and sessions without one come together', async () => {
  const rows = await ask('groupBy=runner');
  expect(brief(rows)).toEqual([
    [null, null, 2, 2.75],
    [null, 'build-server', 1, 0],
  ]);
  expect(rows[1]?.key).toBe(runnerId);
});

test('by model, each has its own share; without usage the requested model stands', async () => {
  const rows = await ask('groupBy=model');
  expect(brief(rows)).toEqual([
    [null, 'model-l', 1, 2],
    [null, 'model-s', 2, 0.75],
    [null, 'model-q', 1, 0],
  ]);
  expect(rows.map((row) => row.outputTokens)).toEqual([2_000, 400, 0]);
});

test('by label, a session counts under each of its labels', async () => {
  expect(brief(await ask('groupBy=label'))).toEqual([
    [null, 'api', 2, 2.75],
    [null, 'nightly', 1, 0.5],
    [null, null, 1, 0],
  ]);
});

test('by key, what each key launched is told by its name, follow-ups included, and what nobody knows comes together', async () => {
  const robot = await server.makeKey(['runs:write']);
  await spend({ key: robot, cwd: '/code/k', at: '2026-12-02T10:00:00.000Z' }, undefined, 4);
  const first = await server.call('POST', '/api/v1/runs', {
    key: robot,
    body: { prompt: 'go', cwd: '/code/f' },
  });
  const { id } = (await first.json()) as Run;
  const second = await server.call('POST', `/api/v1/runs/${id}/followup`, { body: { prompt: 'on' } });
  const { id: followUp } = (await second.json()) as Run;
  const createdAt = new Date('2026-12-02T11:00:00.000Z');
  for (const [old, costUsd] of [
    [id, 1],
    [followUp, 2],
  ] as const) {
    const aged = old.replace(/^clr.{9}/, `clr${createdAt.getTime().toString(36).padStart(9, '0')}`);
    await server.database.prisma.run.update({ where: { id: old }, data: { id: aged, createdAt, costUsd } });
  }
  const range = 'from=2026-12-02T00:00:00.000Z&to=2026-12-03T00:00:00.000Z';
  const told = async () => {
    const answer = await server.call('GET', `/api/v1/usage?${range}&groupBy=key`);
    return ((await answer.json()) as UsageReport).data;
  };
  const [robots, mine] = await told();
  expect([robots?.runs, robots?.costUsd, mine?.runs, mine?.costUsd]).toEqual([2, 5, 1, 2]);
  expect([robots?.key, mine?.key]).toEqual([expect.stringMatching(/^key_/), expect.stringMatching(/^key_/)]);
  expect(robots?.name).toEqual(expect.any(String));
  expect(robots?.key).not.toBe(mine?.key);
  // As what was launched before a server knew who did.
  await server.database.prisma.run.updateMany({ where: { costUsd: 2 }, data: { launchedBy: null } });
  expect(brief(await told())).toContainEqual([null, null, 1, 2]);
});

test('by day and directory, what is beyond the groups asked for is summed as other', async () => {
  expect(brief(await ask('groupBy=day,directory&groups=1'))).toEqual([
    ['2026-11-20', '/code/b', 1, 2.25],
    ['2026-11-20', 'other', 1, 0.5],
    ['2026-11-21', '/code/b', 1, 0],
  ]);
});

test('the range is half open', async () => {
  const edge = 'from=2026-11-20T10:00:00.000Z&to=2026-11-20T23:30:00.000Z';
  const answer = await server.call('GET', `/api/v1/usage?groupBy=directory&${edge}`);
  expect(brief(((await answer.json()) as UsageReport).data)).toEqual([[null, '/code/a', 1, 0.5]]);
});

test.each([
  ['from=2026-11-20T10:00:00.000Z&to=2026-11-20T10:00:00.000Z', 'from: must be before to'],
  ['from=2024-11-20T10:00:00.000Z&to=2026-11-20T10:00:00.000Z', 'from: must be at most 400 days before to'],
  ['timeZone=Mars/Olympus', 'timeZone: is not a time zone'],
  ['timeZone=', 'timeZone: is not a time zone'],
  ['groupBy=runner,model', 'groupBy: takes day, one of'],
  ['groupBy=colour', 'groupBy'],
])('%s is refused in words', async (query, words) => {
  const answer = await server.call('GET', `/api/v1/usage?${query}`);
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({
    error: { code: 'VALIDATION_FAILED', message: expect.stringContaining(words) },
  });
});

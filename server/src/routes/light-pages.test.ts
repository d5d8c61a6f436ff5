import { randomBytes } from 'node:crypto';
import { apiBase, type RouteName, routes } from '@agentfleet/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newApprovalId, newId, newRunId } from '../db/ids.js';
import { startTestServer, type TestServer } from '../testing/server.js';

let server: TestServer;
const many = 60;
/** Each of the heaviest there may be. */
const approvals = 12;
beforeAll(async () => {
  server = await startTestServer();
  const { orgId } = server;
  const { prisma } = server.database;
  const each = <Row>(make: (nth: number) => Row) => Array.from({ length: many }, (_, nth) => make(nth));
  const wide = '😀'.repeat(1_000);
  const now = Date.now();
  const runs = each((nth) => newRunId(now - nth * 1_000));
  await prisma.run.createMany({
    data: runs.map((id) => ({
      ...{ id, orgId, status: 'SUCCEEDED' as const, input: wide, result: wide, threadId: id, lane: '' },
      ...{ cwd: `/code/${'c'.repeat(900)}`, cwdKey: `/code/${'c'.repeat(900)}`, permissionMode: 'default' },
      ...{ labels: Array.from({ length: 20 }, (_, nth) => `${nth}${'é'.repeat(98)}`) },
    })),
  });
  // The beginning of each is in a row.
  const members = Object.fromEntries(Array.from({ length: 20 }, (_, nth) => [`text-${nth}`, wide]));
  await prisma.approval.createMany({
    data: runs.slice(0, approvals).map((runId, nth) => ({
      ...{ id: newApprovalId(now - nth * 1_000), orgId, runId, token: `att_${nth}`, requestId: 'one' },
      ...{ state: 'allowed' as const, tool: 'Write', message: 'Write', input: members },
      ...{ expiresAt: new Date(now), decidedAt: new Date(now), decidedBy: 'Ann' },
    })),
  });
  await prisma.runner.createMany({
    data: each((nth) => ({
      ...{ id: newId('run_'), orgId, machineId: crypto.randomUUID(), name: `machine-${nth % 7}` },
      ...{ hostname: 'host', platform: 'linux', arch: 'x64', version: '0.1.0', maxConcurrentRuns: 1 },
      directories: Array.from({ length: 40 }, (_, dir) => `/code/${dir}${'d'.repeat(400)}`),
    })),
  });
  await prisma.apiKey.createMany({
    data: each((nth) => ({
      ...{ id: newId('key_'), orgId, name: `key ${nth}`, hash: randomBytes(32), prefix: '', lastFour: '' },
      ...{ scopes: ['runner'], mostEnrolments: 5 },
      directories: Array.from({ length: 40 }, (_, dir) => `/code/${dir}${'d'.repeat(400)}`),
    })),
  });
  for (let nth = 0; nth < 20; nth += 1) {
    const body = { name: `${nth}${'n'.repeat(90)}`, scopes: ['runs:read'] };
    expect((await server.call('POST', '/api/v1/api-keys', { body })).status).toBe(201);
  }
});
afterAll(() => server.close());

const isList = (name: RouteName) =>
  'nextCursor' in ((routes[name].response as { shape?: object })?.shape ?? {});
const lists = (Object.keys(routes) as RouteName[]).filter(
  (name) => 'response' in routes[name] && isList(name),
);

test('every list there is, is tried', () => {
  expect(lists).toEqual(
    expect.arrayContaining(['listRuns', 'listApprovals', 'listRunners', 'listApiKeys', 'listAudit']),
  );
});

test.each(lists)(
  'no page of %s passes 200 KB, however many rows of whatever size are asked for, and the pages have every row once',
  async (name) => {
    const ids: string[] = [];
    let pages = 0;
    for (let cursor: string | null = ''; cursor !== null; ) {
      const path = `${apiBase}${routes[name].path}?limit=200${cursor && `&cursor=${cursor}`}`;
      const answer = await server.call('GET', path);
      const text = await answer.text();
      expect(answer.status, text.slice(0, 200)).toBe(200);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(200_000);
      const page = JSON.parse(text) as { data: { id: string }[]; nextCursor: string | null };
      ids.push(...page.data.map(({ id }) => id));
      cursor = page.nextCursor;
      pages += 1;
    }
    expect(new Set(ids).size).toBe(ids.length);
    if (name === 'listAudit') return expect(ids.length).toBeGreaterThanOrEqual(20);
    expect(ids.length).toBeGreaterThanOrEqual(name === 'listApprovals' ? approvals : many);
    expect(pages).toBeGreaterThan(3);
  },
);

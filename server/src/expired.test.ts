import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Database } from './db/database.js';
import { newId, newRunId } from './db/ids.js';
import { deleteExpired } from './expired.js';
import { readBacklog } from './observability/backlog.js';
import { onBothDatabases } from './testing/both-databases.js';

const many = 1_200;
const before = (ms: number) => new Date(Date.now() - ms);
const day = 24 * 3_600_000;

onBothDatabases((on) => {
  const { orgId } = on;
  /** So much of everything that has run out, and one of each that has not. */
  async function fill() {
    const { prisma } = on.database;
    const times = Array.from({ length: many + 1 }, (_item, index) => (index < many ? 2 * day : -day));
    const keyId = newId('key_');
    const key = { orgId, prefix: 'af_live_', lastFour: 'abcd', scopes: ['admin'], name: 'Test' };
    await prisma.apiKey.create({ data: { ...key, id: keyId, hash: randomBytes(32) } });
    await prisma.browserSession.createMany({
      data: times.map((ms) => {
        return { hash: randomBytes(32), apiKeyId: keyId, csrfToken: 'x', expiresAt: before(ms) };
      }),
    });
    const asks = {
      computer: 'c',
      userName: 'u',
      hostname: 'h',
      platform: 'linux',
      version: '1',
      address: 'a',
    };
    await prisma.signIn.createMany({
      data: times.map((ms) => {
        return { ...asks, deviceHash: randomBytes(32), codeHash: randomBytes(32), expiresAt: before(ms) };
      }),
    });
    await prisma.apiKey.createMany({
      data: times.map((ms) => {
        return { ...key, id: newId('key_'), hash: randomBytes(32), forSignIn: true, expiresAt: before(ms) };
      }),
    });
    await prisma.idempotencyKey.createMany({
      data: times.map((ms, index) => {
        return { orgId, key: `${index}`, requestHash: randomBytes(32), createdAt: before(ms > 0 ? ms : 0) };
      }),
    });
    const asked = { orgId, runId: 'clrnone', tool: 'Bash', message: 'ls', input: {}, expiresAt: before(0) };
    const id = newRunId(Date.now());
    await prisma.run.create({
      data: {
        ...{ id, threadId: id, orgId, input: 'x', cwd: '/a', cwdKey: '/a', permissionMode: 'default' },
        ...{ lane: '', status: 'SUCCEEDED', finishedAt: before(day) },
      },
    });
    await prisma.approval.createMany({
      data: times.map((_ms, index) => {
        return { ...asked, id: `apr_${index}`, runId: id, token: 'att_x', requestId: `${index}` };
      }),
    });
  }

  test('whatever has run out goes in small steps, is counted until then, and one that is stopped is ended by the next', async () => {
    await fill();
    const due = { browsers: many, signIns: 2 * many, approvals: many + 1, idempotencyKeys: many };
    expect(await readBacklog(on.database, {})).toMatchObject(due);

    const stop = new AbortController();
    const changed: number[] = [];
    const watched: Database = {
      ...on.database,
      async query<Row>(...asked: Parameters<Database['query']>) {
        const rows = await on.database.query<Row>(...asked);
        changed.push((rows[0] as { changed: number }).changed);
        if (changed.length === 5) stop.abort();
        return rows;
      },
    };
    await deleteExpired(watched, stop.signal);
    expect(changed).toHaveLength(5);
    expect(await readBacklog(on.database, {})).not.toEqual({ deletions: 0, logs: 0, ...nothing });

    await deleteExpired(watched, new AbortController().signal);
    expect(Math.max(...changed)).toBe(1_000);
    expect(await readBacklog(on.database, {})).toEqual({ deletions: 0, logs: 0, ...nothing });
    const { prisma } = on.database;
    expect(await prisma.browserSession.count()).toBe(1);
    expect(await prisma.signIn.count()).toBe(1);
    expect(await prisma.apiKey.count()).toBe(2);
    expect(await prisma.idempotencyKey.count()).toBe(1);
    expect(await prisma.approval.count({ where: { state: 'withdrawn' } })).toBe(many + 1);
  });
});

const nothing = {
  ...{ browsers: 0, signIns: 0, approvals: 0, idempotencyKeys: 0 },
  ...{ hiddenEvents: 0, texts: 0, sessions: 0, audit: 0 },
};

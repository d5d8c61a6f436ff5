import { CreateRun } from '@agentfleet/contract';
import { expect, test } from 'vitest';
import { forgetAudit } from '../audit/forget-audit.js';
import { note } from '../audit/noted.js';
import { newRunId } from '../db/ids.js';
import { forgetTexts, tidyUp } from '../housekeeping.js';
import { createQueue } from '../queue/create-queue.js';
import { forgetRuns } from '../queue/forget-runs.js';
import { onBothDatabases } from '../testing/both-databases.js';
import { readBacklog } from './backlog.js';

const day = 24 * 3_600_000;
const patient = new AbortController().signal;

onBothDatabases((on) => {
  const { orgId } = on;
  /** Sessions that were made and ended so many days ago, with an event each. */
  async function ended(days: number, count: number, more: { eventsPrunedAt?: Date } = {}) {
    const at = new Date(Date.now() - days * day);
    const ids = Array.from({ length: count }, () => newRunId(at.getTime()));
    const one = {
      ...{ orgId, status: 'SUCCEEDED' as const, input: 'x', cwd: '/code', cwdKey: '/code', lane: '' },
      ...{ finishedAt: at, createdAt: at, permissionMode: 'default', labels: [], ...more },
    };
    await on.database.prisma.run.createMany({ data: ids.map((id) => ({ ...one, id, threadId: id })) });
    await on.database.prisma.event.createMany({
      data: ids.map((runId) => ({ runId, seq: 1, kind: 'system', message: 'x', at, digest: 0 })),
    });
  }

  test('what is past its retention is counted by kind until it is gone, and nothing where it is kept for ever', async () => {
    await ended(29, 2);
    await ended(33, 3);
    await ended(61, 5, { eventsPrunedAt: new Date() });
    await createQueue(on.database).enqueue(orgId, CreateRun.parse({ prompt: 'x', cwd: '/code' }));
    await note(on.database, undefined, { action: 'org.change', orgId, subject: orgId });
    const old = { orgId, at: new Date(), action: 'org.change', actorKind: 'server', actorId: 'server' };
    await on.database.prisma.auditEntry.createMany({
      data: [31, 40].map((days) => {
        const id = `aud_${((Date.now() - days * day) * 1_000).toString(16).padStart(14, '0')}${'0'.repeat(12)}`;
        return { ...old, actorName: 'AgentFleet', subjectId: orgId, id };
      }),
    });
    const none = { logs: 0, hiddenEvents: 0, texts: 0, sessions: 0, audit: 0 };
    expect(await readBacklog(on.database, {})).toMatchObject(none);
    const kept = 30 * day;
    const all = { retentionMs: kept, textRetentionMs: kept, runRetentionMs: kept, auditRetentionMs: kept };
    expect(await readBacklog(on.database, all)).toMatchObject({
      ...{ logs: 3, hiddenEvents: 5, texts: 8, sessions: 8, audit: 2 },
    });
    await tidyUp(on.database, kept, patient);
    expect(await readBacklog(on.database, all)).toMatchObject({
      logs: 0,
      hiddenEvents: 0,
      texts: 8,
      sessions: 8,
    });
    await forgetTexts(on.database, kept, patient);
    expect(await readBacklog(on.database, all)).toMatchObject({ texts: 0, sessions: 8, audit: 2 });
    await forgetRuns(on.database, kept, patient);
    await forgetAudit(on.database, { olderThanMs: kept }, patient);
    expect(await readBacklog(on.database, all)).toMatchObject(none);
  });
});

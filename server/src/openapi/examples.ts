import type { RouteName } from '@agentfleet/contract';

const id = 'clr0mwuqzw8740qyagc99weiq';
const childId = 'clr0mwuqzzhsu39i5au2ch0cr';
const cwd = 'C:\\Users\\you\\code\\api';
const at = (second: number) => `2026-11-24T09:30:0${second}.000Z`;
const created = {
  ...{
    id,
    status: 'QUEUED',
    input: 'add a health check route',
    cwd,
    permissionMode: 'acceptEdits',
    model: null,
  },
  ...{ runnerId: null, parentRunId: null, parentDeletedAt: null, threadId: id, fresh: false },
  ...{ agentSessionId: null, labels: [] },
  ...{ priority: 0, sharedCwd: false, retry: { maxAttempts: 1 }, timeoutSec: null, stallSec: null },
  ...{ maxTurns: null, maxBudgetUsd: null, queueTtlSec: null, approvalSec: 600, attempt: 0, queue: null },
  ...{ createdAt: at(0), claimedAt: null, startedAt: null, finishedAt: null, durationMs: null },
  ...{ cancelRequestedAt: null, deleteRequestedAt: null, approvalsWaiting: 0, stalledAt: null, lostAt: null },
  ...{
    lastSeq: 0,
    eventsPrunedAt: null,
    textsPrunedAt: null,
    numTurns: null,
    costUsd: null,
    usage: null,
    result: null,
    failure: null,
  },
};

const approval = {
  id: 'apr_0mwur0bk2x7q4n1v8s5tz3cd',
  runId: id,
  state: 'waiting',
  tool: 'Bash',
  message: 'Bash npm test',
  input: { command: 'npm test' },
  toolUseId: 'toolu_01HZX4',
  sessionGrant: 'Bash(npm test)',
  requestedAt: at(5),
  expiresAt: '2026-11-24T09:40:05.000Z',
  decidedAt: null,
  decidedBy: null,
  forSession: false,
  reason: null,
  answers: null,
};

/** What the public documentation shows, for the reference page. */
export const examples: Partial<Record<RouteName, { request?: object; response: object }>> = {
  createRun: {
    request: { prompt: 'add a health check route', cwd, permissionMode: 'acceptEdits' },
    response: created,
  },
  tailRun: {
    response: {
      data: [
        { seq: 1, kind: 'system', message: 'session started', data: null, at: at(1) },
        { seq: 2, kind: 'assistant', message: 'Adding the route…', data: null, at: at(2) },
        { seq: 3, kind: 'tool_use', message: 'Edit src/app.ts', data: null, at: at(3) },
        { seq: 4, kind: 'result', message: 'done', data: null, at: at(4) },
      ],
      hasMore: false,
    },
  },
  followUp: {
    request: { prompt: 'now add a test for it' },
    response: { ...created, id: childId, input: 'now add a test for it', parentRunId: id },
  },
  listApprovals: { response: { data: [{ ...approval, truncated: false }], nextCursor: null } },
  decideApproval: {
    request: { decision: 'deny', reason: 'use pnpm' },
    response: { ...approval, state: 'denied', decidedAt: at(9), decidedBy: 'laptop', reason: 'use pnpm' },
  },
  createApiKey: {
    request: { name: 'home-desktop', scopes: ['runner'] },
    response: {
      id: 'key_ivmiov1z0eididnzwprp',
      name: 'home-desktop',
      scopes: ['runner'],
      prefix: 'af_live_AbC1',
      lastFour: 'x9Yz',
      createdAt: at(0),
      expiresAt: null,
      lastUsedAt: null,
      revokedAt: null,
      key: 'af_live_AbC123…',
    },
  },
};

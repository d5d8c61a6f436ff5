import {
  type Approval,
  type ApprovalRow,
  maxRowChars,
  type ResponseOf,
  type Run,
  type RunRow,
  RunsQuery,
  routes,
} from '@agentfleet/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { selectRuns } from '../queue/sql/select-runs.js';
import { machine } from '../testing/machine.js';
import { startTestServer, type TestServer } from '../testing/server.js';

let server: TestServer;
let runnerId: string;
beforeAll(async () => {
  server = await startTestServer();
  const { id } = await said<{ id: string }>('POST', '/runners/register', machine({ maxConcurrentRuns: 9 }));
  runnerId = id;
});
afterAll(() => server.close());

async function said<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
  const headers = { 'agentfleet-protocol': '1' };
  const answer = await server.call(method, `/api/v1${path}`, { headers, body });
  expect(answer.ok, `${method} ${path}: ${answer.status}`).toBe(true);
  return (await answer.json()) as Answer;
}

const large = 'é'.repeat(400_000);
/** Where bytes or UTF-16 units are counted, or cut, one of these is torn. */
const faces = '😀'.repeat(100_000);

/** A session that runs on the runner, in a directory of its own. */
async function running(prompt: string, cwd: string): Promise<{ id: string; token: string; input: string }> {
  const { id } = await said<Run>('POST', '/runs', { prompt, cwd, runnerId });
  const claim = { leases: [], slots: 1 };
  const { runs } = await said<ResponseOf<'claim'>>('POST', `/runners/${runnerId}/claim`, claim);
  const [run] = runs;
  expect(run?.id).toBe(id);
  const { token = '', input = '' } = run ?? {};
  await said('POST', `/runs/${id}/start`, { token });
  return { id, token, input };
}

/** What rows say of what is still to come. */
const over = { wait: null, asks: null, line: null };

const end = { status: 'SUCCEEDED', finishedAt: '2026-11-30T10:00:00.000Z', lastSeq: 0, logChecksum: 0 };

/** A session of a prompt and a result, as each list has it, and whole. */
async function rowsOf(prompt: string, result: string | null, cwd: string, more: object = {}) {
  const { id, token, input } = await running(prompt, cwd);
  expect(input).toBe(prompt);
  await said('POST', `/runs/${id}/finish`, { token, result, ...end, ...more });
  const listed = await said<ResponseOf<'listRuns'>>('GET', `/runs?cwd=${cwd}`);
  const runner = await said<ResponseOf<'getRunner'>>('GET', `/runners/${runnerId}`);
  routes.listRuns.response.parse(listed);
  routes.getRunner.response.parse(runner);
  const [row] = listed.data;
  expect(runner.sessions.find((session) => session.id === id)).toEqual(row);
  const {
    logs: _logs,
    logsTruncated: _cut,
    ...whole
  } = await said<ResponseOf<'getRun'>>('GET', `/runs/${id}`);
  return { row: row as RunRow, whole };
}

test('a row of a list has the beginning of a long prompt and result and says so, the run has all', async () => {
  const { row, whole } = await rowsOf(large, `${large}!`, '/code/large');
  const start = 'é'.repeat(maxRowChars);
  expect(row).toEqual({ ...whole, ...over, input: start, result: start, truncated: true });
  expect(whole).toMatchObject({ input: large, result: `${large}!` });
});

test('what fits into a row is whole in it, to the last character, and not called cut', async () => {
  const { row, whole } = await rowsOf('é'.repeat(maxRowChars), '😀'.repeat(maxRowChars), '/code/fits');
  expect(row).toEqual({ ...whole, ...over, truncated: false });
  const { row: cut } = await rowsOf('short', 'x'.repeat(maxRowChars + 1), '/code/one-more');
  expect(cut).toMatchObject({ input: 'short', result: 'x'.repeat(maxRowChars), truncated: true });
  const { row: none } = await rowsOf('short', null, '/code/none');
  expect(none).toMatchObject({ input: 'short', result: null, truncated: false });
});

test('a text is cut between characters, never within one', async () => {
  const { row } = await rowsOf(`a${faces}`, faces, '/code/faces');
  expect(row.input).toBe(`a${'😀'.repeat(maxRowChars - 1)}`);
  expect(row.result).toBe('😀'.repeat(maxRowChars));
});

test('the answers to a launch, a follow-up and a cancellation have all of the prompt', async () => {
  const made = await said<Run>('POST', '/runs', { prompt: large, cwd: '/elsewhere' });
  const child = await said<Run>('POST', `/runs/${made.id}/followup`, { prompt: `${large}?` });
  const cancelled = await said<Run>('POST', `/runs/${made.id}/cancel`, {});
  expect([made.input, child.input, cancelled.input].map(({ length }) => length)).toEqual([
    400_000, 400_001, 400_000,
  ]);
  for (const one of [made, child, cancelled]) expect(one).not.toHaveProperty('truncated');
});

test('a page of the largest sessions is small, and what is cut never leaves the database', async () => {
  for (let nth = 0; nth < 10; nth += 1) {
    await said('POST', '/runs', { prompt: large, cwd: '/elsewhere/many', labels: ['many'] });
  }
  const text = await (await server.call('GET', '/api/v1/runs?label=many&limit=50')).text();
  expect(JSON.parse(text).data).toHaveLength(10);
  expect(text.length).toBeLessThan(10 * (maxRowChars + 2_000));
  const { statement, values } = selectRuns(server.orgId, RunsQuery.parse({ label: 'many' }));
  const read = await server.database.query(statement, values);
  expect(JSON.stringify(read).length).toBeLessThan(10 * (maxRowChars + 2_000));
  const found = await said<ResponseOf<'listRuns'>>('GET', `/runs?label=many&q=${encodeURIComponent('ÉÉ')}`);
  expect(found.data).toHaveLength(10);
});

test('tokens by more models than there are do not make a row heavy either', async () => {
  const tokens = { inputTokens: 1, outputTokens: 2, cacheReadTokens: 3, cacheCreationTokens: 4 };
  const byModel = Object.fromEntries(
    Array.from({ length: 2_000 }, (_, n) => [`model-${n}`, { ...tokens, costUsd: 1 }]),
  );
  const { row, whole } = await rowsOf('much', 'done', '/code/models', { usage: { ...tokens, byModel } });
  expect(row).toMatchObject({ usage: { ...tokens, byModel: {} }, truncated: true });
  expect(Object.keys(whole.usage?.byModel ?? {})).toHaveLength(2_000);
});

test('a list of approvals has the beginning of a large input and says so, the approval has all', async () => {
  const { id: runId, token } = await running('ask', '/code/asks');
  const asks = async (requestId: string, input: object) => {
    const asked = {
      token,
      requestId,
      tool: 'Write',
      message: 'Write a',
      input,
      toolUseId: null,
      sessionGrant: null,
    };
    return (await said<{ id: string }>('POST', `/runs/${runId}/approvals`, { ...asked, waitSec: 600 })).id;
  };
  const input = {
    file_path: '/code/a',
    content: faces,
    more: ['é'.repeat(100_000)],
    edits: [1, 2],
    replace_all: true,
  };
  const id = await asks('large', input);
  const small = await asks('small', { command: 'npm test', nested: { deep: [null] } });
  for (const query of [`runId=${runId}`, 'state=waiting']) {
    const list = await said<ResponseOf<'listApprovals'>>('GET', `/approvals?${query}`);
    routes.listApprovals.response.parse(list);
    const rows = new Map<string, ApprovalRow>(list.data.map((row) => [row.id, row]));
    const bytes = expect.any(Number);
    expect(rows.get(id)).toMatchObject({
      truncated: true,
      input: { file_path: '/code/a', edits: [1, 2], replace_all: true, truncated: { '': bytes } },
    });
    expect(rows.get(id)?.input).toHaveProperty('content', '😀'.repeat(maxRowChars));
    expect(rows.get(id)?.input).not.toHaveProperty('more');
    expect(rows.get(small)).toMatchObject({ truncated: false });
    expect(rows.get(small)?.input).toEqual({ command: 'npm test', nested: { deep: [null] } });
  }
  expect((await said<Approval>('GET', `/approvals/${id}`)).input).toEqual(input);
  const answers = { a: 'x'.repeat(4_000), b: 'y'.repeat(4_000) };
  const decided = await said<Approval>('POST', `/approvals/${small}/decision`, {
    decision: 'allow',
    answers,
  });
  expect(decided).toMatchObject({ input: { command: 'npm test' }, answers });
  const { data } = await said<ResponseOf<'listApprovals'>>('GET', `/approvals?runId=${runId}&state=allowed`);
  expect(data).toMatchObject([{ id: small, truncated: true, answers: null }]);
});

import { type ClaimAnswer, type Folders, headers, type InquiryAnswer } from '@agentfleet/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { defaultPolicy } from '../../queue/policy.js';
import { defaultPace } from '../../server.js';
import { letTimePass } from '../../testing/let-time-pass.js';
import { startTestPostgres, type TestPostgres } from '../../testing/postgres.js';
import { RunnerClient } from '../../testing/runner-client.js';
import { startTestServer, type TestServer } from '../../testing/server.js';

const never = 24 * 3_600_000;
/** Nothing is found by looking slowly. */
const pace = { ...defaultPace, policy: { ...defaultPolicy, pollMs: never }, sweepMs: never };

let postgres: TestPostgres;
/** Where people ask, where the runner's claim waits, where its answer arrives. */
let asked: TestServer;
let claimed: TestServer;
let answered: TestServer;
let runner: RunnerClient;

beforeAll(async () => {
  postgres = await startTestPostgres();
  const start = () => startTestServer({ databaseUrl: postgres.url, pace });
  [asked, claimed, answered] = [await start(), await start(), await start()];
  runner = new RunnerClient(claimed, asked.key);
  runner.id = (await runner.register()).id;
});
afterAll(async () => {
  await Promise.all([asked, claimed, answered].map((server) => server.close()));
  await postgres.stop();
});

const knowing = { [headers.answers]: 'others, folders' };
const waiting = (more: object = {}, said: Record<string, string> = knowing) =>
  runner.say<ClaimAnswer>(
    `/runners/${runner.id}/claim`,
    { leases: [], slots: 0, waitSec: 20, ...more },
    said,
  );
const answer = (id: string | undefined, said: InquiryAnswer, on = answered) =>
  on.call('POST', `/api/v1/runners/${runner.id}/answers`, {
    key: asked.key,
    body: { id, answer: said },
    headers: { [headers.runnerProtocol]: '1' },
  });
const look = (query = '', key = asked.key, id = runner.id) =>
  asked.call('GET', `/api/v1/runners/${id}/folders${query}`, { key });
const runnersPolling = async () =>
  ((await (await asked.call('GET', '/api/v1/queue')).json()) as { runnersPolling: number }).runnersPolling;
const codeOf = async (response: Response) =>
  ((await response.json()) as { error: { code: string } }).error.code;

const found: InquiryAnswer = {
  ...{ kind: 'folders', path: '/code', parent: null, truncated: false },
  folders: [
    { name: 'api', isRepository: true },
    { name: 'web “neu” \u0007 👩‍👧', isRepository: false },
  ],
};

test('a claim that waits at one server is answered with what is asked at another, and the answer may reach a third', async () => {
  const claim = waiting();
  // It is at its server before it is asked.
  await expect.poll(runnersPolling).toBe(1);
  const began = performance.now();
  const asking = look('?path=/code&hidden=true');
  const { inquiries = [], runs, commands } = await claim;
  expect(performance.now() - began).toBeLessThan(1_000);
  expect({ runs, commands }).toEqual({ runs: [], commands: [] });
  expect(inquiries).toMatchObject([{ kind: 'folders', path: '/code', hidden: true }]);
  expect((await answer(inquiries[0]?.id, found)).status).toBe(200);
  const response = await asking;
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({
    ...{ path: '/code', parent: null, truncated: false },
    data: [
      { path: '/code/api', name: 'api', isRepository: true },
      { path: '/code/web “neu” \u0007 👩‍👧', name: 'web “neu” \u0007 👩‍👧', isRepository: false },
    ],
  });
});

test('as many folders as an answer may have arrive whole through another server', async () => {
  const claim = waiting();
  const asking = look('?path=C:%5Ccode');
  const folders = Array.from({ length: 500 }, (_, at) => ({
    name: `${'é'.repeat(90)}${at}`,
    isRepository: at % 2 === 0,
  }));
  const { inquiries } = await claim;
  await answer(inquiries?.[0]?.id, { ...found, path: 'C:\\code', parent: 'C:\\', folders, truncated: true });
  const page = (await (await asking).json()) as Folders;
  expect(page).toMatchObject({ path: 'C:\\code', parent: 'C:\\', truncated: true });
  expect(page.data.map(({ path }) => path)).toEqual(folders.map(({ name }) => `C:\\code\\${name}`));
});

test('a runner that drains, or is between two claims, is asked too, and a heartbeat will do', async () => {
  const asking = look();
  let given: ClaimAnswer['inquiries'];
  const beat = async () => {
    const said = { leases: [], draining: true };
    given = (await runner.say<ClaimAnswer>(`/runners/${runner.id}/heartbeat`, said, knowing)).inquiries;
    return given;
  };
  await expect.poll(beat).toMatchObject([{ path: null, hidden: false }]);
  // Given once; again only after a moment without an answer.
  expect((await waiting({ waitSec: 0, draining: true })).inquiries).toBeUndefined();
  const again = await waiting({ draining: true });
  expect(again.inquiries).toEqual(given);
  await answer(again.inquiries?.[0]?.id, {
    ...found,
    path: null,
    folders: [{ name: '/code', isRepository: false }],
  });
  expect(await (await asking).json()).toMatchObject({ path: null, data: [{ path: '/code', name: '/code' }] });
});

test.each([
  ['not_allowed', 403, 'FOLDER_NOT_ALLOWED'],
  ['not_found', 404, 'FOLDER_NOT_FOUND'],
  ['unreadable', 409, 'FOLDER_UNREADABLE'],
] as const)('what the runner refuses as %s is %d %s, in its words', async (code, status, told) => {
  const claim = waiting();
  const asking = look('?path=/elsewhere');
  await answer((await claim).inquiries?.[0]?.id, { kind: 'refused', code, message: 'It is so.' });
  const response = await asking;
  expect(response.status).toBe(status);
  expect(await response.json()).toEqual({ error: { code: told, message: 'It is so.' } });
});

test('a runner of before is told of as that at once, and is asked nothing that it does not know', async () => {
  const claim = waiting({ waitSec: 3 }, {});
  const began = performance.now();
  const response = await look();
  expect(performance.now() - began).toBeLessThan(2_000);
  expect(response.status).toBe(409);
  expect(await codeOf(response)).toBe('RUNNER_TOO_OLD');
  expect((await claim).inquiries).toBeUndefined();
});

test('a runner that says nothing is RUNNER_SILENT after five seconds, and its late answer is of no effect', async () => {
  const claim = waiting();
  const began = performance.now();
  const response = await look();
  expect(performance.now() - began).toBeGreaterThan(4_500);
  expect(response.status).toBe(504);
  expect(await codeOf(response)).toBe('RUNNER_SILENT');
  expect((await answer((await claim).inquiries?.[0]?.id, found)).status).toBe(200);
});

test('one runner is asked sixteen things at a time; then it is 429 with Retry-After, and another runner is none the worse', async () => {
  const other = new RunnerClient(claimed, asked.key);
  other.id = (await other.register()).id;
  const open = Array.from({ length: 17 }, () => look());
  const first = await Promise.race(open);
  expect([first.status, first.headers.get('retry-after')]).toEqual([429, '1']);
  const claim = other.say<ClaimAnswer>(
    `/runners/${other.id}/claim`,
    { leases: [], slots: 0, waitSec: 20 },
    knowing,
  );
  const asking = look('', asked.key, other.id);
  const [inquiry] = (await claim).inquiries ?? [];
  await other.say(`/runners/${other.id}/answers`, { id: inquiry?.id, answer: found });
  expect((await asking).status).toBe(200);
  for (const { id } of (await waiting()).inquiries ?? []) await answer(id, found);
  const statuses = (await Promise.all(open)).map(({ status }) => status);
  expect(statuses.sort()).toEqual([...Array(16).fill(200), 429]);
});

test('another org’s runner cannot answer, nor a caller with another scope ask', async () => {
  const foreign = await asked.makeKey(['admin'], await asked.makeOrg());
  const claim = waiting();
  const asking = look();
  const [inquiry] = (await claim).inquiries ?? [];
  const theirs = await asked.call('POST', `/api/v1/runners/${runner.id}/answers`, {
    key: foreign,
    body: { id: inquiry?.id, answer: { ...found, folders: [] } },
    headers: { [headers.runnerProtocol]: '1' },
  });
  expect(theirs.status).toBe(404);
  // By its own runner neither.
  const other = new RunnerClient(claimed, asked.key);
  other.id = (await other.register()).id;
  await other.say(`/runners/${other.id}/answers`, { id: inquiry?.id, answer: { ...found, folders: [] } });
  await answer(inquiry?.id, found);
  expect(((await (await asking).json()) as Folders).data).toHaveLength(2);
  expect((await look('', foreign)).status).toBe(404);
  expect((await look('', await asked.makeKey(['runs:read']))).status).toBe(403);
});

test('a runner that is offline is RUNNER_OFFLINE at once, and a path that is none 400', async () => {
  expect((await look('?path=code')).status).toBe(400);
  expect((await look('?path=/a%00b')).status).toBe(400);
  await letTimePass(asked.database, 60_000);
  const began = performance.now();
  const response = await look();
  expect(performance.now() - began).toBeLessThan(1_000);
  expect(await codeOf(response)).toBe('RUNNER_OFFLINE');
});

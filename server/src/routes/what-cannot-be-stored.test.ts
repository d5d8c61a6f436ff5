import { afterAll, beforeAll, expect, test } from 'vitest';
import { Live } from '../testing/fuzz/live.js';
import { machine } from '../testing/machine.js';
import { startTestServer, type TestServer } from '../testing/server.js';

let server: TestServer;
let live: Live;
beforeAll(async () => {
  server = await startTestServer();
  live = new Live(server);
  await live.ensure();
});
afterAll(() => server.close());

async function say(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const answer = await server.call(method, `/api/v1${live.fill(path)}`, {
    headers: { 'agentfleet-protocol': '1', ...headers },
    ...(body !== undefined && { body: live.fill(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: JSON.parse(text) as { error?: { code: string; message: string } } };
}

const token = '@live:token';
const at = '2026-11-24T08:00:00.000Z';
const event = { seq: 1, kind: 'system', message: 'x', data: null, at };
const finish = { token, status: 'SUCCEEDED', finishedAt: at, lastSeq: 0, logChecksum: 0 };
const asked = {
  ...{ token, requestId: 'request-2', tool: 'Bash', message: 'Bash ls', input: {} },
  ...{ toolUseId: null, sessionGrant: null, waitSec: 60 },
};
const launch = { prompt: 'go', cwd: '/code' };
const deep = JSON.parse(`${'{"a":'.repeat(3_000)}1${'}'.repeat(3_000)}`);
/** A name that no compression makes short enough for an index. */
const dense = String.fromCodePoint(
  ...Array.from({ length: 3_000 }, (_, i) => 0x4e00 + ((i * 7_919) % 20_000)),
);

const approvals = '/runs/@live:run/approvals';
const events = '/runs/@live:run/events';
const end = '/runs/@live:run/finish';

test.each([
  ['NUL in the input of an approval', approvals, { ...asked, input: { command: 'a\0' } }, 'input'],
  ['NUL in a name in it', approvals, { ...asked, input: { a: { 'b\0': 1 } } }, 'input'],
  ['half a character in it', approvals, { ...asked, input: { command: ['\ud800'] } }, 'input'],
  ['half a character in a name in it', approvals, { ...asked, input: { '\udc00': 1 } }, 'input'],
  ['an input that is nested too deeply', approvals, { ...asked, input: deep }, 'input'],
  ['NUL in an event', events, { token, events: [{ ...event, data: { text: '\0' } }] }, 'events.0.data'],
  [
    'half a character in a name in it',
    events,
    { token, events: [{ ...event, data: { '\ud800': 1 } }] },
    'data',
  ],
  ['an event that is nested too deeply', events, { token, events: [{ ...event, data: deep }] }, 'data'],
  ['an event of the year 0', events, { token, events: [{ ...event, at: '0000-01-01T00:00:00.000Z' }] }, 'at'],
  ['more turns than there are', end, { ...finish, numTurns: 2 ** 31 }, 'numTurns'],
  ['a cost that no sum can hold', end, { ...finish, costUsd: 1e308 }, 'costUsd'],
  ['an end in the year 0', end, { ...finish, finishedAt: '0000-06-01T00:00:00.000Z' }, 'finishedAt'],
  [
    'a limit that resets in the year 0',
    end,
    {
      ...finish,
      status: 'FAILED',
      failure: { code: 'usage_limit', message: 'x', resetsAt: '0000-12-31T23:59:59.999Z' },
    },
    'failure.resetsAt',
  ],
  ['NUL in an architecture', '/runners/register', machine({ arch: 'x\0' }), 'arch'],
  ['NUL in a version', '/runners/register', machine({ version: '1\0' }), 'version'],
  ['NUL in Claude’s version', '/runners/register', machine({ agentVersion: '\0' }), 'agentVersion'],
  [
    'a key that expires in the year 0',
    '/api-keys',
    { name: 'ci', scopes: ['admin'], expiresAt: '0000-01-01T00:00:00.000Z' },
    'expiresAt',
  ],
  ['a directory that no index can hold', '/runs', { ...launch, cwd: `/${dense}` }, 'cwd'],
  ['one that grows when it is folded', '/runs', { ...launch, cwd: `C:\\${'İ'.repeat(1_199)}` }, 'cwd'],
])('%s is refused by name', async (_what, path, body, field) => {
  const { status, body: answer } = await say('POST', path, body);
  expect({ status, code: answer.error?.code }).toEqual({ status: 400, code: 'VALIDATION_FAILED' });
  expect(answer.error?.message).toContain(field);
});

test.each([
  ['/usage?from=0000-01-01T00:00:00.000Z', 'from'],
  ['/usage?to=0000-01-01T00:00:00.000Z', 'to'],
  ['/api-keys?cursor=a%00b', 'cursor'],
  ['/runs?q=a%00b', 'q'],
])('%s is refused by name', async (path, field) => {
  const { status, body } = await say('GET', path);
  expect({ status, code: body.error?.code }).toEqual({ status: 400, code: 'VALIDATION_FAILED' });
  expect(body.error?.message).toContain(field);
});

test.each(['0001-01-03T00:00:00Z', '9999-12-31T23:59:59Z'])('usage can be asked up to %s', async (to) => {
  expect((await say('GET', `/usage?to=${to}&groupBy=day`)).status).toBe(200);
});

test.each(['constructor', '__proto__', 'zstd', 'gzip, br'])('the coding %s is unknown', async (coding) => {
  const { status, body } = await say('POST', '/runs', launch, { 'content-encoding': coding });
  expect({ status, code: body.error?.code }).toEqual({ status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' });
});

test('what is no HTTP, and an address that is too long, are refused in the envelope', async () => {
  const { status, body } = await say('GET', `/runs?q=${'x'.repeat(20_000)}`);
  expect({ status, code: body.error?.code }).toEqual({ status: 431, code: 'HEADERS_TOO_LARGE' });
});

test('a session’s end is not refused for a word of it: what cannot be stored stands as a question mark', async () => {
  const failure = { code: 'agent_error', message: 'it said \0 and \ud800' };
  expect(await say('POST', end, { ...finish, status: 'FAILED', failure })).toMatchObject({ status: 200 });
  expect((await say('GET', '/runs/@live:run')).body).toMatchObject({
    status: 'FAILED',
    failure: { message: 'it said \uFFFD and \uFFFD' },
  });
});

import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import openapiTypescript, { astToString } from 'openapi-typescript';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { machine } from '../testing/machine.js';
import { startTestServer, type TestServer } from '../testing/server.js';

/** The documented calls, as somebody writes them who has the document alone. */
const calls = `
import createClient from 'openapi-fetch';
import type { components, paths } from './generated.js';

const baseUrl = process.env.AGENTFLEET_URL ?? '';
const headers = { Authorization: 'Bearer ' + process.env.AGENTFLEET_API_KEY };
const client = createClient<paths>({ baseUrl, headers });

function dataOf<Data>({ data, error }: { data?: Data; error?: components['schemas']['Error'] }): Data {
  if (data === undefined) throw new Error(error?.error.code);
  return data;
}

const runners = dataOf(await client.GET('/api/v1/runners'));
const runnerId: string = runners.data[0]!.id;
const runner = dataOf(await client.GET('/api/v1/runners/{id}', { params: { path: { id: runnerId } } }));
const body = { prompt: 'add a health check route', cwd: 'C:\\\\Users\\\\you\\\\code\\\\api', permissionMode: 'acceptEdits' } as const;
const idempotent = { header: { 'Idempotency-Key': 'documented-1' } };
const run = dataOf(await client.POST('/api/v1/runs', { body, params: idempotent }));
const again = dataOf(await client.POST('/api/v1/runs', { body, params: idempotent }));
const params = { path: { id: run.id } };
const read = dataOf(await client.GET('/api/v1/runs/{id}', { params }));
const events = dataOf(await client.GET('/api/v1/runs/{id}/events', { params: { ...params, query: { after: 0 } } }));
const followup = dataOf(
  await client.POST('/api/v1/runs/{id}/followup', { params, body: { prompt: 'now add a test for it' } }),
);
const listed = dataOf(
  await client.GET('/api/v1/runs', {
    params: { query: { status: ['QUEUED', 'RUNNING'], limit: 5, order: 'asc', createdAfter: '2026-01-01T00:00:00+02:00' } },
    querySerializer: { array: { style: 'form', explode: false } },
  }),
);
const used = dataOf(
  await client.GET('/api/v1/usage', {
    params: { query: { groupBy: ['day', 'model'] } },
    querySerializer: { array: { style: 'form', explode: false } },
  }),
);
// A body that may be empty is left out.
const paused = dataOf(await client.POST('/api/v1/runners/{id}/pause', { params: { path: { id: runnerId } } }));
const cancelled = dataOf(await client.POST('/api/v1/runs/{id}/cancel', { params }));
const missing = await client.GET('/api/v1/runs/{id}', { params: { path: { id: 'clr00000000' } } });
const code: 'NOT_FOUND' | undefined = missing.error?.error.code === 'NOT_FOUND' ? missing.error.error.code : undefined;
const stream = await client.GET('/api/v1/runs/{id}/events', {
  params,
  headers: { Accept: 'text/event-stream' },
  parseAs: 'text',
});

// What the document does not allow does not compile.
export const wrong = () => {
  // @ts-expect-error a prompt is needed
  void client.POST('/api/v1/runs', { body: { cwd: '/code' } });
  // @ts-expect-error there is no such mode
  void client.POST('/api/v1/runs', { body: { ...body, permissionMode: 'yolo' } });
  // @ts-expect-error a limit is a number
  void client.GET('/api/v1/runs', { params: { query: { limit: '5' } } });
  // @ts-expect-error there is no such status
  void client.GET('/api/v1/runs', { params: { query: { status: ['DONE'] } } });
  // @ts-expect-error a decision needs a body
  void client.POST('/api/v1/approvals/{id}/decision', { params: { path: { id: 'apr_00000000' } } });
  // @ts-expect-error a status is one of those that there are
  return run.status === 'DONE';
};

console.log(JSON.stringify({
  runnerId, sessions: runner.sessions.length, run, again: again.id, read, events, followup, code,
  listed: listed.data.map(({ id }) => id), cut: listed.data.map(({ truncated }): boolean => truncated), groups: used.data.length, paused: paused.state,
  cancelled: cancelled.status, stream: stream.data,
}));
`;

const tsconfig = {
  compilerOptions: {
    ...{ strict: true, noUncheckedIndexedAccess: true, skipLibCheck: true, outDir: 'out', types: ['node'] },
    ...{ target: 'ES2022', module: 'NodeNext', lib: ['ES2022', 'DOM'] },
  },
  files: ['calls.ts'],
};

let server: TestServer;
let folder: string;
beforeAll(async () => {
  server = await startTestServer();
  // Beside our packages, so that it finds its own.
  const cache = fileURLToPath(new URL('../../node_modules/.cache/', import.meta.url));
  mkdirSync(cache, { recursive: true });
  folder = mkdtempSync(join(cache, 'client-'));
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

test('a client that is generated from the document compiles with the documented calls, and they work', async () => {
  const register = { headers: { 'agentfleet-protocol': '1' }, body: machine() };
  expect((await server.call('POST', '/api/v1/runners/register', register)).status).toBe(200);
  const document = await (await server.call('GET', '/api/v1/openapi.json', { key: null })).json();
  const files = {
    'generated.ts': astToString(await openapiTypescript(document as never, { silent: true })),
    'calls.ts': calls,
    'tsconfig.json': JSON.stringify(tsconfig),
    'package.json': '{"type":"module"}',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const compiler = join(
    dirname(
      createRequire(new URL('../../../package.json', import.meta.url)).resolve('typescript/package.json'),
    ),
    'bin/tsc',
  );
  const compiled = spawnSync(process.execPath, [compiler, '-p', folder], { encoding: 'utf8' });
  expect(compiled.stdout).toBe('');
  expect(compiled.status).toBe(0);
  const env = { ...process.env, AGENTFLEET_URL: server.url, AGENTFLEET_API_KEY: server.key };
  // The server answers in this process: it must not wait for the other.
  const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'out/calls.js')], { env });
  const said = JSON.parse(stdout);
  expect(said).toMatchObject({
    runnerId: expect.stringMatching(/^run_/),
    sessions: 0,
    run: {
      status: 'QUEUED',
      input: 'add a health check route',
      cwd: 'C:\\Users\\you\\code\\api',
      permissionMode: 'acceptEdits',
    },
    read: { logs: [], logsTruncated: false },
    events: { data: [], hasMore: false },
    followup: { status: 'QUEUED' },
    code: 'NOT_FOUND',
    paused: 'paused',
    cancelled: 'CANCELLED',
    groups: 1,
    stream: expect.stringContaining('event: end'),
  });
  const { run: launched, again, followup, listed, cut } = said;
  expect(again).toBe(launched?.id);
  expect(followup?.parentRunId).toBe(launched?.id);
  expect(listed).toEqual([launched?.id, followup?.id]);
  expect(cut).toEqual([false, false]);
}, 120_000);

import { userInfo } from 'node:os';
import type { AuditEntry, Run } from '@agentfleet/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { operator } from '../testing/operator.js';
import { startTestPostgres, type TestPostgres } from '../testing/postgres.js';
import { RunnerClient } from '../testing/runner-client.js';
import { startTestServer, type TestServer } from '../testing/server.js';

let postgres: TestPostgres;
let server: TestServer;
beforeAll(async () => {
  postgres = await startTestPostgres();
  server = await startTestServer({ databaseUrl: postgres.url });
});
afterAll(async () => {
  await server.close();
  await postgres.stop();
});

async function operate(...args: string[]): Promise<string> {
  const program = operator(args, { DATABASE_URL: postgres.url });
  expect({ args, code: await program.code, wrong: program.wrong }).toEqual({ args, code: 0, wrong: '' });
  return program.out;
}
async function said<Answer>(method: string, path: string, body?: object): Promise<Answer> {
  const answer = await server.call(method, `/api/v1${path}`, { ...(body && { body }) });
  return (await answer.json()) as Answer;
}
const trail = async () => (await said<{ data: AuditEntry[] }>('GET', '/audit')).data;

test('what operators do at the command line is told in the trail of the org, with the user of the system', async () => {
  const { id: key } = await said<{ id: string }>('POST', '/api-keys', { name: 'ci', scopes: ['runs:read'] });
  const runner = await RunnerClient.enrolled(server, server.key);
  const { id: run } = await said<Run>('POST', '/runs', {
    prompt: 'a secret',
    cwd: '/x',
    runnerId: runner.id,
  });
  const before = (await trail())[0]?.id;
  const inOrg = ['--org', server.orgId];
  await operate('change-org', server.orgId, '--name', 'New', '--max-concurrent-runs', '3');
  await operate('require-runner-credentials', 'on', ...inOrg);
  await operate('create-key', '--name', 'made', '--scopes', 'runs:read', ...inOrg);
  await operate('limit-key', key, '--queued-runs', '4', ...inOrg);
  await operate('rotate-key', key, ...inOrg);
  await operate('revoke-key', key, ...inOrg);
  await operate('revoke-runner', runner.id, ...inOrg);
  await operate('move-run', run, '--to', 'any', ...inOrg);
  await said('POST', `/runs/${run}/cancel`, {});
  await operate('delete-runs', '--ended-days-ago', '0', '--yes', ...inOrg);

  const entries = await trail();
  const since = entries.slice(
    0,
    entries.findIndex(({ id }) => id === before),
  );
  expect(since.reverse().map(({ action, subject }) => [action, subject.id])).toEqual([
    ['org.change', server.orgId],
    ['org.change', server.orgId],
    ['key.create', expect.stringMatching(/^key_/)],
    ['key.limit', key],
    ['key.rotate', key],
    ['key.revoke', key],
    ['runner.revoke', runner.id],
    ['run.move', run],
    ['run.cancel', run],
    ['run.delete', run],
  ]);
  const { username } = userInfo();
  for (const { action, actor } of since.filter((entry) => entry.action !== 'run.cancel'))
    expect({ action, actor }).toEqual({
      action,
      actor: { kind: 'operator', id: 'operator', name: username },
    });
  expect(JSON.stringify(since)).not.toMatch(/secret|af_live_/);
  expect(since[0]?.detail).toEqual({ name: 'New', maxConcurrentRuns: 3 });
}, 90_000);

test('of an org that was deleted the trail says that and nothing else, and is exported by its id', async () => {
  const out = await operate('create-org', 'Short lived');
  const [orgId = ''] = /org_\w+/.exec(out) ?? [];
  const lines = async () => (await operate('export-audit', '--org', orgId)).trimEnd().split('\r\n');
  expect((await lines()).map((line) => line.split(',')[1])).toEqual(['action', 'key.create', 'org.create']);
  await operate('delete-org', orgId, '--yes');
  const left = (await operate('export-audit', '--format', 'ndjson', '--org', orgId)).trimEnd().split('\n');
  expect(left.map((line) => (JSON.parse(line) as AuditEntry).action)).toEqual(['org.delete']);
  expect(left[0]).not.toContain('Short lived');
}, 60_000);

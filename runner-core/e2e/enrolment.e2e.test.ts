import { cpSync, lstatSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Runner } from '@agentfleet/contract';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Fleet, until } from './fleet.js';
import { type ModelServer, modelServerEnvironment, startModelServer, text } from './model-server.js';
import { Program } from './program.js';

// The built server and the built daemon, as they are shipped: a new installation requires credentials.

let model: ModelServer;
let fleet: Fleet;
const others: Program[] = [];
beforeAll(async () => {
  model = await startModelServer(() => [text('done')]);
  fleet = await Fleet.start(model);
}, 120_000);
afterEach(async () => {
  for (const other of others.splice(0)) await other.end('SIGKILL');
});
afterAll(async () => {
  await fleet?.close();
  await model?.close();
});

const runnerDir = () => join(fleet.allowed, '../runner');
const file = () => join(runnerDir(), 'credential.json');
const credential = () => /af_live_[0-9A-Za-z]{38}/.exec(readFileSync(file(), 'utf8'))?.[0] ?? '';
const onlyRunner = async (): Promise<Runner> => {
  const { data } = await fleet.get<{ data: Runner[] }>('/runners');
  expect(data).toHaveLength(1);
  return data[0] as Runner;
};
async function worksSession() {
  const run = await fleet.launch({});
  expect(await fleet.ended(run.id)).toMatchObject({ status: 'SUCCEEDED', result: 'done' });
}
/** Another daemon, of a copy of the directory by default. */
function daemonOf(dir: string, more: NodeJS.ProcessEnv = {}): Program {
  const other = new Program('runner/agentfleet-runner.mjs', [], join(fleet.allowed, '..'), {
    AGENTFLEET_URL: fleet.url,
    AGENTFLEET_API_KEY: fleet.key,
    ALLOWED_DIRS: fleet.allowed,
    RUNNER_NAME: 'copy',
    AGENTFLEET_RUNNER_DIR: dir,
    ...modelServerEnvironment(model.url, join(fleet.allowed, '..')),
    ...more,
  });
  others.push(other);
  return other;
}

test('the daemon enrols with its key and works with its own credential, before and after a restart', async () => {
  expect(await fleet.get('/me')).toMatchObject({ org: { requireRunnerCredentials: true } });
  await worksSession();
  const { id, credential: told } = await onlyRunner();
  expect(told).toMatchObject({ conflictAt: null });
  const first = credential();
  expect(first).not.toBe(fleet.key);
  if (process.platform !== 'win32') expect(statSync(file()).mode & 0o777).toBe(0o600);
  await fleet.killDaemon();
  await fleet.startDaemon();
  await worksSession();
  expect((await onlyRunner()).id).toBe(id);
  expect(credential()).toBe(first);
  expect((await onlyRunner()).credential).toMatchObject({ conflictAt: null });
});

test('a revoked credential is said to be, and the machine enrols again as the same runner', async () => {
  const { id } = await onlyRunner();
  const first = credential();
  expect((await fleet.request('DELETE', `/runners/${id}/credential`)).status).toBe(200);
  await until(() => fleet.said.includes('It enrols again with the key'));
  await until(() => credential() !== first);
  await worksSession();
  expect((await onlyRunner()).id).toBe(id);
});

test('a machine that has lost its credential is told what to do, and is back once that is done', async () => {
  const { id } = await onlyRunner();
  await fleet.killDaemon();
  rmSync(file());
  const daemon = daemonOf(runnerDir(), { RUNNER_NAME: 'home-desktop' });
  await until(() => daemon.said.includes('This machine is enrolled as'));
  expect(daemon.said).toContain(
    `an admin revokes it on the page of the runner (DELETE /api/v1/runners/${id}/credential)`,
  );
  await fleet.request('DELETE', `/runners/${id}/credential`);
  await until(() => daemon.said.includes(`Online as home-desktop (${id})`));
  await daemon.end('SIGKILL');
  await fleet.startDaemon();
});

test('two daemons that share a copied directory are told so, and the runner’s page has it', async () => {
  const copy = join(fleet.allowed, '../copy');
  // But for the lock.
  cpSync(runnerDir(), copy, { recursive: true, filter: (path) => !lstatSync(path).isSocket() });
  const other = daemonOf(copy);
  await until(() => other.said.includes('Online as copy'));
  // The first one speaks again when its claim is over, or there is something for it to do.
  const { id } = await onlyRunner();
  await fleet.launch({ runnerId: id });
  await until(() => (fleet.said + other.said).includes('is used from another place too'));
  expect((await onlyRunner()).credential?.conflictAt).toMatch(/^20/);
});

test('operators revoke a runner’s credential and say whether runners need one, on the database itself', async () => {
  const { id } = await onlyRunner();
  await fleet.killServer();
  const operator = async (...args: string[]) => {
    const environment = { AGENTFLEET_DATA_DIR: fleet.dataDir };
    const program = new Program('server/dist/cli.js', args, join(fleet.allowed, '..'), environment);
    return { code: await program.ended(), said: program.said };
  };
  expect(await operator('revoke-runner', id)).toMatchObject({ code: 0 });
  expect(await operator('require-runner-credentials', 'off')).toMatchObject({ code: 0 });
  const unknown = await operator('revoke-runner', 'run_unknown00');
  expect([unknown.code, unknown.said]).toEqual([2, expect.stringContaining('has no runner run_unknown00')]);
  await fleet.startServer();
  expect(await fleet.get('/me')).toMatchObject({ org: { requireRunnerCredentials: false } });
  // Whoever had the old one enrols again.
  await until(async () => (await onlyRunner()).credential?.conflictAt === null);
}, 180_000);

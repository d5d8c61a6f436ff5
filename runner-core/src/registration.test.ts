import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatApiKey } from '@agentfleet/contract';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TestControlApi } from './testing/control-api.js';
import type { Received } from './testing/control-api-http.js';
import { RunnerOn } from './testing/runner-on.js';

const id = 'run_test00000001';
const made = (byte: number) => formatApiKey((count) => new Uint8Array(count).fill(byte));
const [first, second] = [made(1), made(2)];

let api: TestControlApi;
let dir: string;
let running: RunnerOn[] = [];
beforeEach(async () => {
  api = await new TestControlApi().listen();
  api.credential = first;
  dir = mkdtempSync(join(tmpdir(), 'registration-'));
});
afterEach(async () => {
  for (const runner of running) await runner.close();
  running = [];
  await api.close();
  rmSync(dir, { recursive: true, force: true });
});

const file = () => join(dir, 'credential.json');
const bearer = ({ headers }: Received) => headers.authorization?.replace('Bearer ', '');
const isEnrolment = ({ headers }: Received) => headers['agentfleet-enrolment'] !== undefined;
/** What registrations came with. */
const registrations = () => api.requests('registerRunner').map(bearer);
const claimsWith = () => expect.poll(() => api.requests('claim').map(bearer).at(-1));

function start(apiKey = 'key', at = api): RunnerOn {
  const runner = new RunnerOn(at, { apiKey }, dir);
  running.push(runner);
  return runner;
}

/** The next one finds its directory as it left it. */
async function stop(runner: RunnerOn): Promise<void> {
  await runner.stop();
  running = running.filter((one) => one !== runner);
}

const once = (status: number, code: 'UNAUTHORIZED' | 'RUNNER_ENROLLED', words: string) => ({
  ...{ status, code },
  text: JSON.stringify({ error: { code, message: words } }),
});

test('it enrols with its key once, and authenticates with its own credential from then on and after a restart', async () => {
  const one = start();
  await claimsWith().toBe(first);
  expect(registrations()).toEqual(['key']);
  const run = api.launch();
  await expect.poll(() => one.agent.sessions.length).toBe(1);
  one.session(0).end();
  await expect.poll(() => api.requests('finishRun').map(bearer)).toEqual([first]);
  expect(api.requests('startRun').map(bearer)).toEqual([first]);
  expect(run.token).toBeTruthy();
  await stop(one);
  start();
  await claimsWith().toBe(first);
  await expect.poll(registrations).toEqual(['key', first]);
});

test('its credential is kept in a file of its user alone, which holds neither its key', async () => {
  start('a secret key');
  await claimsWith().toBe(first);
  expect(readFileSync(file(), 'utf8')).toContain(first);
  expect(readFileSync(file(), 'utf8')).not.toContain('a secret key');
  if (process.platform !== 'win32') expect(statSync(file()).mode & 0o077).toBe(0);
});

test('what a newer version has written beside the credentials stays, and a file that nobody understands is put aside', async () => {
  const one = start();
  await claimsWith().toBe(first);
  await stop(one);
  const written = JSON.parse(readFileSync(file(), 'utf8'));
  const kept = { ...written.credentials[0], note: 'of a newer version' };
  writeFileSync(file(), JSON.stringify({ ...written, seal: 7, credentials: [kept] }));
  api.credential = second;
  const two = start('another key');
  await claimsWith().toBe(second);
  expect(JSON.parse(readFileSync(file(), 'utf8'))).toMatchObject({ seal: 7, credentials: [kept, {}] });
  await stop(two);
  writeFileSync(file(), '{ torn');
  api.credential = first;
  start('a third key');
  await claimsWith().toBe(first);
  expect(readFileSync(`${file()}.damaged`, 'utf8')).toBe('{ torn');
});

test('at a server that knows nothing of credentials it goes on with its key', async () => {
  api.credential = undefined;
  const one = start();
  await claimsWith().toBe('key');
  api.credential = first;
  await stop(one);
  start();
  await claimsWith().toBe(first);
});

test('an enrolment whose answer is lost is repeated with the same secret, also by the next process', async () => {
  api.fault = ({ route }) => (route === 'registerRunner' ? { status: 500, cut: true } : undefined);
  const one = start();
  await expect.poll(() => api.requests('registerRunner').length).toBeGreaterThan(1);
  await stop(one);
  api.fault = () => undefined;
  start();
  await claimsWith().toBe(first);
  const secrets = api.requests('registerRunner').map(({ headers }) => headers['agentfleet-enrolment']);
  expect(new Set(secrets).size).toBe(1);
  expect(secrets[0]).toMatch(/^[A-Za-z0-9_-]{32}$/);
});

test('a revoked credential is said to be, and it enrols again with its key', async () => {
  const one = start();
  await claimsWith().toBe(first);
  api.credential = second;
  api.fault = (request) =>
    bearer(request) === first ? once(401, 'UNAUTHORIZED', 'Authentication required') : undefined;
  one.runner.wake();
  await claimsWith().toBe(second);
  expect(one.troubles).toEqual([expect.stringContaining('It enrols again with the key')]);
  expect(one.was).toEqual([id]);
  expect(readFileSync(file(), 'utf8')).not.toContain(first);
});

test('one that was revoked while it was away too', async () => {
  const one = start();
  await claimsWith().toBe(first);
  await stop(one);
  api.credential = second;
  api.fault = (request) =>
    bearer(request) === first ? once(401, 'UNAUTHORIZED', 'Authentication required') : undefined;
  const two = start();
  await claimsWith().toBe(second);
  expect(two.troubles).toHaveLength(1);
});

test('where the key may not enrol again either, it says that its key is wrong, and keeps trying', async () => {
  const one = start();
  await claimsWith().toBe(first);
  api.fault = () => once(401, 'UNAUTHORIZED', 'Authentication required');
  one.runner.wake();
  await expect.poll(() => one.was).toEqual([id, 'UNAUTHORIZED']);
  expect(one.troubles).toHaveLength(1);
  api.credential = second;
  api.fault = () => undefined;
  await claimsWith().toBe(second);
});

test('a lost credential is told in the words of the server, until the machine may enrol again', async () => {
  const words = 'This machine is enrolled as run_test00000001. Revoke its credential.';
  api.fault = (request) => (isEnrolment(request) ? once(409, 'RUNNER_ENROLLED', words) : undefined);
  writeFileSync(file(), 'damaged', { mode: 0o600 });
  const one = start();
  const said: string[] = [];
  one.runner.on('offline', ({ message }) => said.push(message));
  await expect.poll(() => said).toEqual([words]);
  api.fault = () => undefined;
  await claimsWith().toBe(first);
});

test('with another key of its org it goes on with the credential it has', async () => {
  const one = start('first key');
  await claimsWith().toBe(first);
  await stop(one);
  api.fault = (request) =>
    isEnrolment(request) ? once(409, 'RUNNER_ENROLLED', `This machine is enrolled as ${id}.`) : undefined;
  const two = start('second key');
  await expect.poll(registrations).toEqual(['first key', 'second key', first]);
  await expect.poll(() => two.was).toEqual([id]);
  await stop(two);
  start('second key');
  await expect.poll(() => registrations().slice(3)).toEqual([first]);
});

test('with a key of another org it is another runner, and is the first again with the first key', async () => {
  const one = start('key of one org');
  await claimsWith().toBe(first);
  await stop(one);
  api.credential = second;
  const two = start('key of another org');
  await claimsWith().toBe(second);
  await stop(two);
  start('key of one org');
  await expect.poll(registrations).toEqual(['key of one org', 'key of another org', first]);
});

test('a credential never goes to another server with another key, whatever that answers', async () => {
  const one = start('first key');
  await claimsWith().toBe(first);
  await stop(one);
  const other = await new TestControlApi().listen();
  other.fault = (request) =>
    isEnrolment(request)
      ? once(409, 'RUNNER_ENROLLED', `This machine is enrolled as ${id}.`)
      : once(401, 'UNAUTHORIZED', 'Authentication required');
  const two = start('second key', other);
  await expect.poll(() => other.received.length).toBeGreaterThan(2);
  await stop(two);
  expect(other.received.map(bearer).filter((key) => key !== 'second key')).toEqual([]);
  await other.close();
});

test('in a copy of its directory with another identity the credential counts for nothing', async () => {
  const one = start();
  await claimsWith().toBe(first);
  await stop(one);
  rmSync(join(dir, 'identity.json'));
  api.credential = second;
  start();
  await claimsWith().toBe(second);
  expect(registrations()).toEqual(['key', 'key']);
});

test('what gives no credential in its answer but something else is not believed', async () => {
  api.credential = 'x\r\nHost: elsewhere';
  const one = start();
  await expect.poll(() => one.was).toEqual(['UNREADABLE']);
  expect(api.requests('claim')).toEqual([]);
});

test('each process is told from another by what it calls itself', async () => {
  const one = start();
  await claimsWith().toBe(first);
  await stop(one);
  start();
  await expect.poll(() => api.requests('registerRunner').length).toBe(2);
  const named = api.received.map(({ headers }) => headers['agentfleet-runner-instance']);
  expect(new Set(named).size).toBe(2);
  expect(named[0]).toMatch(/^[0-9a-f-]{36}$/);
});

test('that its credential is used elsewhere too is said once', async () => {
  const one = start();
  await claimsWith().toBe(first);
  const at = '2026-11-30T08:00:00.000Z';
  const told = { stale: [], commands: [], watched: [], runs: [], credentialConflictAt: at };
  api.fault = ({ route }) => (route === 'claim' ? { status: 200, text: JSON.stringify(told) } : undefined);
  one.runner.wake();
  await expect.poll(() => api.requests('claim').length).toBeGreaterThan(3);
  expect(one.troubles).toEqual([expect.stringContaining('used from another place too')]);
});

test.skipIf(process.platform === 'win32')(
  'a credential that others can read is refused, with the chmod that mends it',
  async () => {
    const runner = start();
    await claimsWith().toBe(first);
    await runner.runner.leave();
    await runner.done;
    chmodSync(file(), 0o644);
    await expect(start().done).rejects.toThrow(`which others can read. Run: chmod 600 ${file()}`);
    chmodSync(file(), 0o600);
    start();
    await expect.poll(() => registrations().at(-1)).toBe(first);
  },
);

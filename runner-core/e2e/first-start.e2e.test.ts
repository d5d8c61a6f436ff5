import { statSync } from 'node:fs';
import { mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Me, Runner } from '@agentfleet/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { claude } from './fleet.js';
import { killLocalRunner } from './local-runner.js';
import { childrenOf, freePort, isAlive, Program, until } from './program.js';

// `npm start` as a newcomer meets it, without npm: the tests below are one story and go in their order.
let home: string;
let dataDir: string;
let url: string;
let environment: NodeJS.ProcessEnv;
let server: Program;
let key: string;
let runnerId: string;

beforeAll(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), 'agentfleet-first-')));
  dataDir = join(home, '.agentfleet', 'server');
  const port = await freePort();
  url = `http://localhost:${port}`;
  environment = { PORT: String(port), AGENTFLEET_CLAUDE_PATH: claude };
});
afterAll(async () => {
  await server?.end('SIGKILL');
  await killLocalRunner(join(dataDir, 'local-runner'));
  await rm(home, { recursive: true, force: true, maxRetries: 5 });
});

async function start(): Promise<void> {
  server = new Program('server/dist/start.js', [], home, environment);
  await until(() => server.said.includes('Online as') || server.hasEnded);
}

async function runners(): Promise<Runner[]> {
  const answer = await fetch(`${url}/api/v1/runners`, { headers: { authorization: `Bearer ${key}` } });
  return ((await answer.json()) as { data: Runner[] }).data;
}

const operator = (...args: string[]) => new Program('server/dist/cli.js', args, home, environment);

async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

test('the first start tells the key, where the dashboard is and how to connect a machine, and has a runner', async () => {
  await start();
  key = /af_live_[0-9A-Za-z]{38}/.exec(server.said)?.[0] ?? '';
  const others = /export AGENTFLEET_API_KEY="(af_live_\w+)"/.exec(server.said)?.[1] ?? '';
  for (const line of [
    `export AGENTFLEET_URL="${url}"`,
    `export AGENTFLEET_API_KEY="${others}"`,
    `$env:AGENTFLEET_API_KEY="${others}"`,
    `Dashboard   ${url}/#code=`,
    `may work in ${join(dataDir, 'workspace')}`,
  ]) {
    expect(server.said).toContain(line);
  }
  const me = await fetch(`${url}/api/v1/me`, { headers: { authorization: `Bearer ${others}` } });
  expect(((await me.json()) as Me).key.scopes).toEqual(['runner']);
  expect(server.said.split(key)).toHaveLength(2);
  const [runner] = await runners();
  expect(runner).toMatchObject({ state: 'online', directories: [join(dataDir, 'workspace')] });
  runnerId = runner?.id ?? '';
  expect((await fetch(`${url}/`)).headers.get('content-type')).toContain('text/html');
  expect(await (await fetch(`${url}/agentfleet-runner.mjs`)).text()).toContain('AGENTFLEET_URL');
});

test('the key is nowhere on disk in the clear, and other users cannot read what is', async () => {
  for (const file of await filesBelow(home)) expect(await readFile(file, 'latin1')).not.toContain(key);
  if (process.platform === 'win32') return;
  for (const directory of ['postgres', 'local-runner']) {
    expect(statSync(join(dataDir, directory)).mode & 0o077).toBe(0);
  }
});

test('a second server on the same data, or on the same port, ends with a sentence that says what to do', async () => {
  const same = new Program('server/dist/start.js', [], home, { ...environment, PORT: '0' });
  expect(await same.ended()).toBe(1);
  expect(same.said).toContain('set AGENTFLEET_DATA_DIR to another directory');
  const elsewhere = { ...environment, AGENTFLEET_DATA_DIR: join(home, 'elsewhere') };
  const samePort = new Program('server/dist/main.js', [], home, elsewhere);
  expect(await samePort.ended()).toBe(2);
  expect(samePort.said).toMatch(/Port \d+ is in use\. .*set PORT/);
  const cli = operator('list-orgs');
  expect(await cli.ended()).toBe(1);
  expect(cli.said).toContain('Another AgentFleet server uses the data directory');
});

// Without `ps` nobody knows its process.
test.skipIf(process.platform === 'win32')('a runner that dies is started again, and says so', async () => {
  const [daemon = 0] = childrenOf(server.pid);
  process.kill(daemon, 'SIGKILL');
  await until(() => server.said.split('Online as').length === 3);
  expect(server.said).toContain('The local runner ended by itself (SIGKILL). Starting it again in 1 s.');
  expect(await runners()).toMatchObject([{ id: runnerId, state: 'online' }]);
});

test('killed with -9 and started again, the server has its data and its runner, and shows no key', async () => {
  await server.end('SIGKILL');
  await start();
  expect(server.said).not.toContain('af_live_');
  // The server says so by itself; the runner goes on when it has found out that there is one again.
  await until(async () => (await runners()).every(({ state }) => state === 'online'));
  expect(await runners()).toMatchObject([{ id: runnerId }]);
  const keys = await fetch(`${url}/api/v1/api-keys`, { headers: { authorization: `Bearer ${key}` } });
  expect(((await keys.json()) as { data: unknown[] }).data).toHaveLength(4);
});

test('a polite signal ends the server and its runner', async () => {
  const [daemon] = childrenOf(server.pid);
  // Windows knows no polite signal from outside.
  expect(await server.end('SIGTERM')).toBe(process.platform === 'win32' ? null : 0);
  await until(() => daemon === undefined || !isAlive(daemon));
});

test('a first start that fails after it has made the first key has shown it', async () => {
  const failing = { ...environment, PORT: '0', AGENTFLEET_DATA_DIR: join(home, 'failing') };
  const runnerDir = join(dataDir, 'local-runner', 'key', 'is no directory');
  const start = () =>
    new Program('server/dist/start.js', [], home, { ...failing, AGENTFLEET_RUNNER_DIR: runnerDir });
  const first = start();
  expect(await first.ended()).toBe(1);
  expect(first.said).toMatch(/af_live_[0-9A-Za-z]{38}/);
  const second = start();
  expect(await second.ended()).toBe(1);
  expect(second.said).not.toContain('af_live_');
});

test('operators make orgs and keys, list and revoke them on the command line', async () => {
  const only = operator('list-keys');
  expect(await only.ended()).toBe(0);
  expect(only.said).toContain('first admin key');
  const created = operator('create-org', 'Second');
  expect(await created.ended()).toBe(0);
  const org = /org_[a-z0-9]+/.exec(created.said)?.[0] ?? '';
  expect(created.said).toMatch(/af_live_[0-9A-Za-z]{38}/);
  const made = operator('create-key', '--org', org, '--name', 'ci', '--scopes', 'runs:read, runner');
  expect(await made.ended()).toBe(0);
  const id = /key_[a-z0-9]+/.exec(made.said)?.[0] ?? '';
  const revoked = operator('revoke-key', id, '--org', org);
  expect(await revoked.ended()).toBe(0);
  const listed = operator('list-keys', '--org', org);
  await listed.ended();
  expect(listed.said).toMatch(new RegExp(`${id} .*af_live_\\w{4}…\\w{4} .*revoked .*runs:read,runner .*ci`));
  const orgs = operator('list-orgs');
  await orgs.ended();
  expect(orgs.said).toMatch(/My fleet[\s\S]*Second/);
});

test.each([
  [['create-key', '--org', 'org_x', '--name', 'ci', '--scopes', 'runner'], 'list-orgs shows them'],
  [['list-keys'], 'list-orgs shows them'],
  [['revoke-key', 'key_x', '--org', 'org_x'], 'list-orgs shows them'],
  [['sing'], 'There is no command sing'],
  [['create-org'], 'create-org needs a name'],
  [['list-orgs', '--colour'], '--colour'],
])('%j on the command line is refused with a sentence', async (args, sentence) => {
  const refused = operator(...args);
  expect(await refused.ended()).toBe(2);
  expect(refused.said).toContain(sentence);
});

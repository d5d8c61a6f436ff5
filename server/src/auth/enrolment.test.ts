import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RunnerClient } from '../testing/runner-client.js';
import { startTestServer, type TestServer } from '../testing/server.js';
import { createApiKey } from './api-keys.js';
import { sha256 } from './authenticator.js';

let server: TestServer;
let key: string;
beforeAll(async () => {
  server = await startTestServer();
  key = await server.makeKey(['runner']);
});
afterAll(() => server.close());

const limitedKey = async (enrolment: object) =>
  (await createApiKey(server.database, server.orgId, { name: 'limited', scopes: ['runner'], enrolment })).key;
const require = (requireRunnerCredentials: boolean) =>
  server.call('POST', '/api/v1/org', { body: { requireRunnerCredentials } });
const runnerOf = async ({ id }: RunnerClient) =>
  (await (await server.call('GET', `/api/v1/runners/${id}`)).json()) as { credential: object | null };

test('a runner that enrols is given a credential of its own, of which the server keeps the hash alone', async () => {
  const runner = await RunnerClient.enrolled(server, key);
  expect(runner.key).toMatch(/^af_live_/);
  expect(runner.key).not.toBe(key);
  const stored = await server.database.prisma.apiKey.findFirstOrThrow({ where: { runnerId: runner.id } });
  expect(Buffer.from(stored.hash)).toEqual(sha256(runner.key));
  expect(JSON.stringify(stored)).not.toContain(runner.key.slice(12, 40));
  expect(await runner.register()).toMatchObject({ id: runner.id });
  expect(await runner.register()).not.toHaveProperty('credential');
  await runner.startsRun();
  expect(await runnerOf(runner)).toMatchObject({ credential: { enrolledBy: 'test', conflictAt: null } });
});

test('keys of people are listed without the credentials of runners', async () => {
  await RunnerClient.enrolled(server, key);
  const { data } = (await (await server.call('GET', '/api/v1/api-keys')).json()) as {
    data: { runnerId: string | null }[];
  };
  expect(data.length).toBeGreaterThan(0);
  expect(data.filter(({ runnerId }) => runnerId !== null)).toEqual([]);
});

test('an enrolment whose answer was lost is repeated, with another credential in place of the lost one', async () => {
  const runner = new RunnerClient(server, key);
  const lost = await runner.enrol();
  const { id, credential } = await runner.enrol();
  expect(id).toBe(lost.id);
  runner.key = lost.credential ?? '';
  expect(await runner.refused('/runners/register', runner.facts)).toMatchObject({ status: 401 });
  runner.key = credential ?? '';
  expect(await runner.register()).toMatchObject({ id });
});

test('of many that enrol one machine at once one is enrolled, and the others are told so', async () => {
  const facts = new RunnerClient(server, key).facts;
  const many = Array.from({ length: 8 }, () => new RunnerClient(server, key, facts));
  const answers = await Promise.all(
    many.map((one) => one.ask('/runners/register', facts, { 'AgentFleet-Enrolment': one.secret })),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(7).fill(409)]);
});

test('a secret that could be guessed is no enrolment', async () => {
  const runner = new RunnerClient(server, key);
  runner.secret = 'secret';
  expect(await runner.enrolRefused()).toMatchObject({ status: 400, code: 'VALIDATION_FAILED' });
});

test('runners that know nothing of credentials go on with their key, until the org requires one', async () => {
  const old = new RunnerClient(server, key);
  old.id = (await old.register()).id;
  const run = await old.startsRun();
  try {
    expect((await require(true)).status).toBe(200);
    expect(await (await server.call('GET', '/api/v1/me')).json()).toMatchObject({
      org: { requireRunnerCredentials: true },
    });
    const refusals = await Promise.all([
      old.refused('/runners/register', old.facts),
      old.refused(`/runners/${old.id}/claim`, { leases: [], slots: 1 }),
      old.refused(`/runners/${old.id}/heartbeat`, { leases: [] }),
      old.refused(`/runs/${run.id}/start`, { token: run.token }),
    ]);
    for (const refusal of refusals) {
      expect(refusal).toMatchObject({ status: 426, code: 'RUNNER_OUTDATED' });
      expect(refusal.message).toContain('Fetch the current runner');
    }
    // The current runner of the same machine enrols with the same key, and goes on with what it had.
    const current = await RunnerClient.enrolled(server, key, old.facts);
    expect(current.id).toBe(old.id);
    await current.say(`/runs/${run.id}/start`, { token: run.token });
  } finally {
    await require(false);
  }
  const again = new RunnerClient(server, key);
  expect((await again.register()).id).toMatch(/^run_/);
});

test('a new org requires credentials', async () => {
  await server.database.prisma.org.create({ data: { id: 'org_newnewnew', name: 'New' } });
  const newKey = await server.makeKey(['runner'], 'org_newnewnew');
  const runner = new RunnerClient(server, newKey);
  expect(await runner.refused('/runners/register', runner.facts)).toMatchObject({ code: 'RUNNER_OUTDATED' });
  expect(await runner.enrol()).toHaveProperty('credential');
});

describe('a revoked credential', () => {
  test('ends at once, and the machine enrols again as the same runner', async () => {
    const runner = await RunnerClient.enrolled(server, key);
    const waiting = runner.claim({ waitSec: 20 });
    await expect.poll(async () => (await runnerOf(runner)).credential).not.toBeNull();
    const answer = await server.call('DELETE', `/api/v1/runners/${runner.id}/credential`);
    expect(await answer.json()).toMatchObject({ id: runner.id, credential: null });
    expect(await runner.refused('/runners/register', runner.facts)).toMatchObject({ status: 401 });
    expect((await waiting).runs).toEqual([]);
    const again = await RunnerClient.enrolled(server, key, runner.facts);
    expect(again.id).toBe(runner.id);
  });

  test('is what a forgotten runner has', async () => {
    const runner = await RunnerClient.enrolled(server, key);
    expect((await server.call('DELETE', `/api/v1/runners/${runner.id}`)).status).toBe(200);
    expect(await runner.refused('/runners/register', runner.facts)).toMatchObject({ status: 401 });
  });

  test('is another’s business in no other org', async () => {
    const runner = await RunnerClient.enrolled(server, key);
    const foreign = await server.makeKey(['admin'], await server.makeOrg());
    const path = `/api/v1/runners/${runner.id}/credential`;
    expect((await server.call('DELETE', path, { key: foreign })).status).toBe(404);
    expect((await runner.claim()).runs).toEqual([]);
  });
});

describe('a key with limits', () => {
  test('enrols as often as it says, and a machine that repeats itself counts once', async () => {
    const twice = await limitedKey({ uses: 2 });
    const first = new RunnerClient(server, twice);
    await first.enrol();
    await first.enrol();
    await RunnerClient.enrolled(server, twice);
    const refusal = await new RunnerClient(server, twice).enrolRefused();
    expect(refusal).toMatchObject({ status: 403, code: 'FORBIDDEN' });
    expect(refusal.message).toContain('has enrolled the 2 runners');
    const { data } = (await (await server.call('GET', '/api/v1/api-keys?limit=1')).json()) as {
      data: object[];
    };
    expect(data[0]).toMatchObject({ enrolment: { uses: 2, used: 2, directories: null, namePrefix: null } });
  });

  test('takes no prefix of blanks, and one with blanks before it as the names are, without', async () => {
    const make = (namePrefix: string) =>
      server.call('POST', '/api/v1/api-keys', {
        body: { name: 'n', scopes: ['runner'], enrolment: { namePrefix } },
      });
    expect((await make('  ')).status).toBe(400);
    expect(await (await make(' lab ')).json()).toMatchObject({ enrolment: { namePrefix: 'lab ' } });
  });

  test('is good for no more runners than it says when many come at once', async () => {
    const thrice = await limitedKey({ uses: 3 });
    const many = Array.from({ length: 12 }, () => new RunnerClient(server, thrice));
    const answers = await Promise.all(
      many.map((one) => one.ask('/runners/register', one.facts, { 'AgentFleet-Enrolment': one.secret })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
    expect(answers.filter(({ status }) => status === 403)).toHaveLength(9);
    const names = await server.database.prisma.runner.count({
      where: { machineId: { in: many.map(({ facts }) => facts.machineId) } },
    });
    expect(names).toBe(3);
  });

  test.each([
    ['/', '/'],
    ['/code-evil', '/code-evil'],
    ['/code/../etc', '/code/../etc'],
    ['C:\\code', 'C:\\code'],
  ])('names the directory %s that is outside of its own, and enrols nobody', async (directory, named) => {
    const code = await limitedKey({ directories: ['/code', 'D:\\work'] });
    const runner = new RunnerClient(server, code, { directories: ['/code/app', directory] });
    const refusal = await runner.enrolRefused();
    expect(refusal).toMatchObject({ status: 403, code: 'FORBIDDEN' });
    expect(refusal.message).toContain(`does not allow ${named}: it is for /code, D:\\work`);
    const { machineId } = runner.facts;
    expect(await server.database.prisma.runner.count({ where: { machineId } })).toBe(0);
  });

  test('holds the runner to its directories and names for ever, whatever it says later', async () => {
    const home = await limitedKey({ directories: ['/code'], namePrefix: 'home-' });
    const named = new RunnerClient(server, home, { name: 'office-1' });
    expect((await named.enrolRefused()).message).toContain('whose names begin with “home-”');
    const runner = await RunnerClient.enrolled(server, home, { name: 'home-1', directories: ['/code/a'] });
    const { machineId: _, hostname: __, platform: ___, arch: ____, version: _____, ...facts } = runner.facts;
    const more = [{ directories: ['/code', '/srv'] }, { name: 'office-1' }];
    for (const wrong of more) {
      expect(await runner.refused('/runners/register', { ...runner.facts, ...wrong })).toMatchObject({
        code: 'FORBIDDEN',
      });
      const claim = { leases: [], slots: 1, facts: { ...facts, ...wrong } };
      expect(await runner.refused(`/runners/${runner.id}/claim`, claim)).toMatchObject({ code: 'FORBIDDEN' });
    }
    await runner.claim({ facts: { ...facts, directories: ['/code/b'] } });
    expect(await runnerOf(runner)).toMatchObject({ name: 'home-1', directories: ['/code/b'] });
  });

  test('does nothing else of the runner protocol, also where the org requires no credentials', async () => {
    const once = await limitedKey({ uses: 1 });
    const old = new RunnerClient(server, once);
    expect(await old.refused('/runners/register', old.facts)).toMatchObject({ code: 'RUNNER_OUTDATED' });
    const other = new RunnerClient(server, key);
    const { id } = await other.register();
    expect(await old.refused(`/runners/${id}/claim`, { leases: [], slots: 1 })).toMatchObject({
      status: 426,
    });
  });

  test('that has expired enrols nobody, and who it enrolled goes on', async () => {
    const { id, key: daily } = await createApiKey(server.database, server.orgId, {
      name: 'for a day',
      scopes: ['runner'],
      expiresAt: new Date(Date.now() + 60_000).toISOString(),
    });
    const runner = await RunnerClient.enrolled(server, daily);
    await server.database.prisma.apiKey.update({ where: { id }, data: { expiresAt: new Date(0) } });
    server.database.wakeups.wake('keys');
    expect(await new RunnerClient(server, daily).enrolRefused()).toMatchObject({ status: 401 });
    expect((await runner.claim()).runs).toEqual([]);
  });

  test.each([
    [
      { scopes: ['runner', 'runs:read'], enrolment: { uses: 1 } },
      'enrolment: only keys whose one scope is runner',
    ],
    [{ scopes: ['admin'], enrolment: { uses: 1 } }, 'enrolment: only keys whose one scope is runner'],
    [{ scopes: ['runner'], enrolment: {} }, 'enrolment: needs one of'],
    [{ scopes: ['runner'], enrolment: { directories: ['code'] } }, 'enrolment.directories.0'],
    [{ scopes: ['runner'], enrolment: { uses: 0 } }, 'enrolment.uses'],
  ])('is not made of %j', async (body, words) => {
    const answer = await server.call('POST', '/api/v1/api-keys', { body: { name: 'x', ...body } });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain(words);
  });
});

describe('a credential that two processes use at once', () => {
  test('is told to whoever is found, to people and in the log; a restart is no conflict', async () => {
    const runner = await RunnerClient.enrolled(server, key, { name: 'copied' });
    runner.instance = 'restarted';
    await runner.register();
    expect(await runner.claim()).not.toHaveProperty('credentialConflictAt');
    expect(await runnerOf(runner)).toMatchObject({ credential: { conflictAt: null } });

    const thief = new RunnerClient(server, runner.key, runner.facts);
    thief.id = runner.id;
    await thief.register();
    const began = performance.now();
    const answer = await runner.claim({ waitSec: 20 });
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(answer.credentialConflictAt).toMatch(/^20/);
    expect(await runnerOf(runner)).toMatchObject({ credential: { conflictAt: answer.credentialConflictAt } });
    const lines = server.logged.filter((line) => line.includes('used from two places'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(runner.id);
    expect(lines[0]).not.toContain(runner.key);
    // Alone again, it is told no more.
    expect(await runner.claim()).not.toHaveProperty('credentialConflictAt');
    expect(await runner.heartbeat()).not.toHaveProperty('credentialConflictAt');
  });

  test('is found when the other one names no process', async () => {
    const runner = await RunnerClient.enrolled(server, key);
    await runner.claim();
    const thief = new RunnerClient(server, runner.key);
    thief.id = runner.id;
    thief.instance = '';
    expect(await thief.heartbeat()).toHaveProperty('credentialConflictAt');
  });
});

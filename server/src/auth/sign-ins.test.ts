import { afterAll, beforeAll, expect, test } from 'vitest';
import { tidyUp } from '../housekeeping.js';
import { RunnerClient } from '../testing/runner-client.js';
import { startTestServer, type TestServer } from '../testing/server.js';
import { allowed, opened, signInAt } from '../testing/sign-in.js';
import { sha256 } from './authenticator.js';

let server: TestServer;
let at: ReturnType<typeof signInAt>;
beforeAll(async () => {
  server = await startTestServer();
  at = signInAt(server);
});
afterAll(() => server.close());

/** Time passes until it has run out. */
const runOut = (deviceCode: string) =>
  server.database.prisma.signIn.updateMany({
    where: { deviceHash: sha256(deviceCode) as Uint8Array<ArrayBuffer> },
    data: { expiresAt: new Date(server.database.now() - 1) },
  });
const me = async (key: string) => (await server.call('GET', '/api/v1/me', { key })).status;
const keys = async () =>
  (
    (await (await server.call('GET', '/api/v1/api-keys?limit=200')).json()) as {
      data: { id: string; name: string }[];
    }
  ).data;
const revoke = (id: string) => server.call('DELETE', `/api/v1/api-keys/${id}`);

test('a computer that is allowed enrols and opens its window, and what it was given for that is worth nothing then', async () => {
  const started = await at.start();
  expect(await (await at.poll(started)).json()).toEqual({ state: 'waiting' });
  expect(await (await at.look(started.userCode)).json()).toMatchObject({
    ...{ computer: 'mill', user: 'ann', hostname: 'mill.example', state: 'waiting', address: '127.0.0.1' },
  });
  expect(await (await at.decide(started.userCode)).json()).toMatchObject({ state: 'allowed' });
  const given = await allowed(await at.poll(started));
  expect(given).toMatchObject({ window: 'runs:write', org: { id: server.orgId }, allowedBy: 'test' });
  const runner = await RunnerClient.enrolled(server, given.key);
  const window = await opened(await at.open(runner.id, runner.key, [given.window], given.key));
  expect(window.key).toMatchObject({ windowOf: runner.id, scopes: ['runs:write'], expiresAt: null });
  expect(await me(given.key)).toBe(401);
  expect((await keys()).map(({ name }) => name)).toEqual([`App on box`, 'test']);
  const told = await server.call('GET', `/api/v1/runners/${runner.id}`, { key: window.key.key });
  expect(await told.json()).toMatchObject({ credential: { enrolledBy: 'test' } });
  // Each is revoked alone.
  expect((await revoke(window.key.id)).status).toBe(200);
  expect(await me(window.key.key)).toBe(401);
  expect((await runner.claim()).runs).toEqual([]);
});

test('it has what it was given once, and for one enrolment', async () => {
  const started = await at.start();
  await at.decide(started.userCode);
  const { key } = await allowed(await at.poll(started));
  expect((await at.poll(started)).status).toBe(404);
  await RunnerClient.enrolled(server, key);
  const second = new RunnerClient(server, key);
  expect(await second.enrolRefused()).toMatchObject({ status: 403, code: 'FORBIDDEN' });
});

test('the first decision is the only one, whoever comes second', async () => {
  const other = await server.makeKey(['admin'], await server.makeOrg());
  const started = await at.start();
  const answers = await Promise.all([
    at.decide(started.userCode),
    at.decide(started.userCode, undefined, other),
  ]);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 404]);
  for (const key of [server.key, other]) {
    expect((await at.decide(started.userCode, { decision: 'deny' }, key)).status).toBe(404);
    expect((await at.look(started.userCode, key)).status).toBe(404);
  }
});

test('of many who ask at once for what was allowed, one gets it', async () => {
  const started = await at.start();
  await at.decide(started.userCode);
  const answers = await Promise.all(Array.from({ length: 8 }, () => at.poll(started)));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
});

test('a sign-in that ran out is seen, decided and asked after by nobody, and is tidied away', async () => {
  const [late, decided] = [await at.start(), await at.start()];
  await at.decide(decided.userCode);
  await runOut(late.deviceCode);
  await runOut(decided.deviceCode);
  expect((await at.look(late.userCode)).status).toBe(404);
  expect((await at.decide(late.userCode)).status).toBe(404);
  for (const one of [late, decided]) {
    const answer = await at.poll(one);
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({
      error: { message: expect.stringContaining('start another') },
    });
  }
  await tidyUp(server.database, undefined, new AbortController().signal);
  const where = { deviceHash: sha256(late.deviceCode) as Uint8Array<ArrayBuffer> };
  expect(await server.database.prisma.signIn.count({ where })).toBe(0);
  expect(
    await server.database.prisma.apiKey.count({ where: { forSignIn: true, revokedAt: { not: null } } }),
  ).toBe(0);
});

test('a computer that was refused is told so once, and gets nothing', async () => {
  const started = await at.start();
  await at.decide(started.userCode, { decision: 'deny' });
  expect(await (await at.poll(started)).json()).toEqual({ state: 'denied' });
  expect((await at.poll(started)).status).toBe(404);
});

test('who asks again at once is told to wait', async () => {
  const started = await at.start();
  expect((await at.pollNow(started)).status).toBe(200);
  const answer = await at.pollNow(started);
  expect(answer.status).toBe(429);
  expect(answer.headers.get('retry-after')).toBe('3');
});

test('when the key that allowed it is revoked, before or after the computer heard of it, the computer has nothing', async () => {
  const scopes = ['runner', 'runs:write'] as const;
  for (const revokedFirst of [true, false]) {
    const key = await server.makeKey([...scopes]);
    const id = ((await (await server.call('GET', '/api/v1/me', { key })).json()) as { key: { id: string } })
      .key.id;
    const started = await at.start();
    expect((await at.decide(started.userCode, undefined, key)).status).toBe(200);
    if (revokedFirst) {
      await revoke(id);
      expect((await at.poll(started)).status).toBe(404);
    } else {
      const given = await allowed(await at.poll(started));
      await revoke(id);
      expect(await me(given.key)).toBe(401);
    }
  }
});

test('who decides may connect runners, see sessions, and do what the window is given', async () => {
  const started = await at.start();
  for (const scopes of [['runs:write'], ['runner']] as const) {
    const key = await server.makeKey([...scopes]);
    expect((await at.look(started.userCode, key)).status).toBe(403);
    expect((await at.decide(started.userCode, undefined, key)).status).toBe(403);
  }
  const key = await server.makeKey(['runner', 'runs:read']);
  for (const window of ['runs:write', 'admin'] as const)
    expect((await at.decide(started.userCode, { decision: 'allow', window }, key)).status).toBe(403);
  expect((await at.decide(started.userCode, { decision: 'allow', window: 'runs:read' }, key)).status).toBe(
    200,
  );
  expect((await allowed(await at.poll(started))).window).toBe('runs:read');
});

test('the code is read however it was typed', async () => {
  const { userCode } = await at.start();
  const typed = ` ${userCode.toLowerCase().replace('-', '')} `;
  expect((await at.look(encodeURIComponent(typed))).status).toBe(200);
  expect((await at.look('AAAA-1111')).status).toBe(404);
});

test('where it was asked is told as the server sees it, and what a proxy adds beside it', async () => {
  const via = async (forwarded: string) => {
    const answer = await at.startAnswer({ 'x-forwarded-for': forwarded });
    const { userCode } = (await answer.json()) as { userCode: string };
    return (await at.look(userCode)).json();
  };
  expect(await via('6.6.6.6, 203.0.113.7')).toMatchObject({
    address: '127.0.0.1',
    forwardedFor: '203.0.113.7',
  });
  expect(await via('<b>here</b>')).toMatchObject({ address: '127.0.0.1', forwardedFor: null });
});

test('guessing codes ends for a whole org after a few, however many keys and however many at once, and for no other', async () => {
  const org = await server.makeOrg();
  const guessers = await Promise.all(Array.from({ length: 5 }, () => server.makeKey(['admin'], org)));
  const { userCode } = await at.start();
  const guesses = await Promise.all(
    Array.from({ length: 40 }, (_, turn) => at.look('BCDF-GHJK', guessers[turn % 5])),
  );
  expect(guesses.filter(({ status }) => status === 404)).toHaveLength(10);
  const right = await at.decide(userCode, undefined, guessers[0]);
  expect(right.status).toBe(429);
  expect(Number(right.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await at.look(userCode)).status).toBe(200);
});

test('a flood of computers that ask is told to wait', async () => {
  let answer = await at.startAnswer();
  for (let turn = 0; answer.status === 201 && turn < 60; turn += 1) answer = await at.startAnswer();
  expect(answer.status).toBe(429);
});

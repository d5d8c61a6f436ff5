import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { errorCodes } from '@agentfleet/contract';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { defaultPace } from '../server.js';
import { startTestServer, type TestServer } from '../testing/server.js';

let server: TestServer;
const sockets: Socket[] = [];
beforeAll(async () => {
  server = await startTestServer();
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});
afterAll(() => server.close());

interface Caller {
  socket: Socket;
  /** All that was answered until the connection ended. */
  answered: Promise<string>;
  said: () => string;
}

/** Sends bytes and nothing more, on a connection that stays open. */
async function begin(url: string, text: string): Promise<Caller> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  sockets.push(socket);
  let said = '';
  socket.setEncoding('utf8').on('data', (data) => {
    said += data;
  });
  socket.on('error', () => undefined);
  const closed = once(socket, 'close');
  await once(socket, 'connect');
  socket.write(text);
  return { socket, answered: closed.then(() => said), said: () => said };
}

const post = (path: string, more: string) =>
  `POST /api/v1${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${more}`;
const statusOf = (said: string) => Number(said.split(' ')[1]);

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
function held(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

test('six hundred bodies of a megabyte to sign in with are refused as they begin, and take no memory', async () => {
  const before = held();
  const large = 'x'.repeat(64 * 1024);
  const told = post('/session', `Content-Length: 1048576\r\n\r\n{"apiKey":"${large}`);
  const untold = post(
    '/session',
    `Transfer-Encoding: chunked\r\n\r\n${large.length.toString(16)}\r\n${large}\r\n`,
  );
  const callers = await Promise.all(
    Array.from({ length: 600 }, (_, index) => begin(server.url, index % 2 ? told : untold)),
  );
  const answers = await Promise.all(callers.map(({ answered }) => answered));
  // Who is cut off while he sends may miss what he was answered.
  for (const answer of answers) expect([413, Number.NaN]).toContain(statusOf(answer));
  expect(answers.some((answer) => answer.includes('PAYLOAD_TOO_LARGE'))).toBe(true);
  expect(held() - before).toBeLessThan(64 * 1024 * 1024);
});

test('of many small bodies that never end the oldest are given up, and a good key signs in meanwhile', async () => {
  const text = post('/session', 'Content-Length: 4000\r\n\r\n{"apiKey":');
  const callers: Caller[] = [];
  for (let count = 0; count < 120; count += 1) callers.push(await begin(server.url, text));
  const first = await callers[0]?.answered;
  expect(statusOf(first ?? '')).toBe(errorCodes.REQUEST_TIMEOUT.status);
  expect(first).toContain('"code":"REQUEST_TIMEOUT"');
  const signIn = await server.call('POST', '/api/v1/session', { key: null, body: { apiKey: server.key } });
  expect(signIn.status).toBe(201);
  await expect.poll(() => callers.filter(({ said }) => said() === '').length).toBeLessThanOrEqual(50);
  // Nobody was given up who need not be.
  expect(callers.filter(({ said }) => said() !== '').length).toBeLessThanOrEqual(120 - 49);
});

test('nothing is read of a body before its sender has a key', async () => {
  const { said } = await begin(server.url, post('/runs', 'Content-Length: 1048576\r\n\r\n{"prompt":"'));
  await expect.poll(said).toContain('"code":"UNAUTHORIZED"');
});

test.each([
  ['a head', 'POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nX-Slow: '],
  ['a body', post('/session', 'Content-Length: 100\r\n\r\n{')],
  ['a body with a key', 'KEY'],
])('%s that does not arrive in time is answered 408, and its connection ends', async (_what, text) => {
  const hasty = await startTestServer({ pace: { ...defaultPace, headMs: 200, requestMs: 400 } });
  try {
    const keyed = post('/runs', `Authorization: Bearer ${hasty.key}\r\nContent-Length: 100\r\n\r\n{`);
    const { answered } = await begin(hasty.url, text === 'KEY' ? keyed : text);
    const answer = await answered;
    expect(statusOf(answer)).toBe(408);
    expect(answer).toContain('"code":"REQUEST_TIMEOUT"');
    expect(answer).toMatch(/x-request-id: req_/i);
  } finally {
    await hasty.close();
  }
});

test('what is no HTTP is refused in the envelope', async () => {
  const { answered } = await begin(server.url, 'HELLO\r\n\r\n');
  expect(await answered).toContain('"code":"BAD_REQUEST"');
});

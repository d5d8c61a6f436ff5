import { once } from 'node:events';
import { createServer, request as httpRequest, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gunzipSync } from 'node:zlib';
import { afterEach, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { ControlPlane, ControlPlaneError } from './client.js';

const servers: Server[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function listening(listener: RequestListener): Promise<Server & { port: number }> {
  const server = createServer(listener);
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(server, { port: (server.address() as AddressInfo).port });
}

setFlagsFromString('--expose-gc');
const freeMemory = runInNewContext('gc') as () => void;

/** For what is not about the answer. */
const as = z.object({});
const at = (url: string) => new ControlPlane({ url, apiKey: 'af_live_test', version: '1.2.3' });

/** What a call to a server that answers so is refused with. */
async function refusal(listener: RequestListener): Promise<ControlPlaneError> {
  const { port } = await listening(listener);
  const error: unknown = await at(`http://127.0.0.1:${port}`)
    .call('getMe')
    .catch((reason) => reason);
  if (!(error instanceof ControlPlaneError)) throw new Error('It was not refused');
  return error;
}

test('every request says which key, protocol and version it has, and large ones are compressed', async () => {
  const seen: { headers: NodeJS.Dict<string | string[]>; body: string }[] = [];
  const { port } = await listening(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const raw = Buffer.concat(chunks);
    const zipped = request.headers['content-encoding'] === 'gzip';
    seen.push({ headers: request.headers, body: String(zipped ? gunzipSync(raw) : raw) });
    response.end('{}');
  });
  const id = 'run_aaaaaaaaaaaaaaaaaaaa';
  await at(`http://127.0.0.1:${port}`).call('pauseRunner', { id, body: { note: 'x'.repeat(400) }, as });
  await at(`http://127.0.0.1:${port}`).call('createRun', {
    body: { prompt: 'x'.repeat(5_000), cwd: '/' },
    as,
  });
  expect(seen[0]?.headers).toMatchObject({
    authorization: 'Bearer af_live_test',
    'agentfleet-protocol': '1',
    'agentfleet-runner-version': '1.2.3',
  });
  expect(seen[0]?.headers['content-encoding']).toBeUndefined();
  expect(seen[1]?.headers['content-encoding']).toBe('gzip');
  expect(JSON.parse(seen[1]?.body ?? '')).toEqual({ prompt: 'x'.repeat(5_000), cwd: '/' });
});

test('a refusal of the control API keeps its code, its sentence, where to go on and when to come back', async () => {
  const error = await refusal((_request, response) => {
    response.writeHead(409, { 'retry-after': '7' });
    response.end('{"error":{"code":"EVENT_GAP","message":"Events are missing","details":{"lastSeq":4}}}');
  });
  expect(error).toMatchObject({
    status: 409,
    code: 'EVENT_GAP',
    message: 'Events are missing',
    lastSeq: 4,
    retryAfterMs: 7_000,
    isOurs: true,
  });
});

test('Retry-After may be a date, which counts by the clock of the server', async () => {
  const error = await refusal((_request, response) => {
    response.writeHead(503, {
      date: 'Tue, 24 Nov 2020 10:00:00 GMT',
      'retry-after': 'Tue, 24 Nov 2020 10:01:30 GMT',
    });
    response.end('busy');
  });
  expect(error).toMatchObject({ code: 'UNAVAILABLE', retryAfterMs: 90_000, isOurs: false });
});

test.each([
  ['a sign-in page of the network', 200, {}, '<html>Welcome</html>', 'something that is not AgentFleet'],
  ['a redirect', 301, { location: 'https://elsewhere/' }, '', 'redirects to https://elsewhere/'],
  ['a proxy that finds nobody', 502, {}, 'Bad gateway', 'HTTP 502'],
  ['JSON of somebody else', 404, {}, '{"error":"nope"}', 'something that is not AgentFleet'],
])('%s is told apart from the control API', async (_what, status, headers, text, words) => {
  const error = await refusal((_request, response) => response.writeHead(status, headers).end(text));
  expect(error).toMatchObject({ code: 'UNAVAILABLE', isOurs: false });
  expect(error.message).toContain(words);
});

test('nobody at the address, and an answer that breaks off, are UNREACHABLE with the reason', async () => {
  const nobody = await at('http://127.0.0.1:9')
    .call('getMe')
    .catch((error) => error);
  expect(nobody).toMatchObject({ code: 'UNREACHABLE', status: 0, reason: 'ECONNREFUSED' });
  const broken = await refusal((_request, response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('{');
    response.socket?.end();
  });
  expect(broken.code).toBe('UNREACHABLE');
});

test('a server that is silent is given up after a while, whatever is optimized and freed meanwhile', async () => {
  let isSilent = false;
  const { port } = await listening((_request, response) => isSilent || response.end('{}'));
  const url = `http://127.0.0.1:${port}`;
  const patient = new ControlPlane({ url, apiKey: 'af_live_test', version: '1.2.3', patienceMs: 1_000 });
  const { signal } = new AbortController();
  const ask = () => patient.send('GET', '/', { signal });
  // So often that V8 compiles it: what its code needs no more is then held no more.
  for (let nth = 0; nth < 2_000; nth += 1) await ask();
  isSilent = true;
  const asking = ask();
  const freeing = setInterval(freeMemory, 50);
  await expect(asking).rejects.toMatchObject({ status: 0, code: 'UNREACHABLE' });
  clearInterval(freeing);
});

test.each([
  ['an id that leads elsewhere', { id: 'run_../../x' }, 'id is not the id of a runner'],
  ['a number that is none', { leaseMs: '45000' }, 'leaseMs: '],
  ['a time that is none', { serverTime: 'tomorrow' }, 'serverTime: '],
  ['a field that is missing', { heartbeatMs: undefined }, 'heartbeatMs: '],
])('an answer with %s is UNREADABLE, and the field is named', async (_what, wrong, words) => {
  const good = { id: 'run_aaaaaaaa', leaseMs: 1, heartbeatMs: 1, serverTime: '2026-11-23T21:00:00.000Z' };
  const { port } = await listening((_request, response) => {
    response.end(JSON.stringify({ ...good, ...wrong }));
  });
  const error = await at(`http://127.0.0.1:${port}`)
    .call('registerRunner')
    .catch((reason) => reason);
  expect(error).toMatchObject({ code: 'UNREADABLE', status: 200, isOurs: false, isUsers: false });
  expect(error.message).toContain(words);
});

test('what a newer server says besides is left out, and a code that nobody here knows passes', async () => {
  const good = { id: 'run_aaaaaaaa', leaseMs: 1, heartbeatMs: 1, serverTime: '2026-11-23T21:00:00.000Z' };
  const { port } = await listening((_request, response) => {
    response.end(JSON.stringify({ ...good, shoeSize: 44 }));
  });
  expect(await at(`http://127.0.0.1:${port}`).call('registerRunner')).toEqual(good);
  const error = await refusal((_request, response) => {
    response.writeHead(409).end('{"error":{"code":"TOO_MODERN","message":"No","hint":1}}');
  });
  expect(error).toMatchObject({ code: 'TOO_MODERN', isOurs: true });
});

test('a refusal steers no terminal, and where it says to go on is a place in a log or nothing', async () => {
  const error = await refusal((_request, response) => {
    const message = '\u001b]0;owned\u0007\u001b[2Jread\nthis';
    const details = { lastSeq: -7 };
    response.writeHead(409).end(JSON.stringify({ error: { code: 'EVENT_GAP', message, details } }));
  });
  expect(error.message).toBe('read this');
  expect(error.lastSeq).toBeUndefined();
});

/** A proxy on loopback, and what was asked of it. */
async function aProxy(): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const proxy = await listening((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const onward = httpRequest(request.url ?? '', { method: request.method, headers: request.headers });
    onward.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onward);
  });
  proxy.on('connect', (request, near, head) => {
    asked.push(`CONNECT ${request.url}`);
    const [host, port] = (request.url ?? '').split(':');
    const far = connect(Number(port), host, () => {
      near.write('HTTP/1.1 200 Connection established\r\n\r\n');
      far.write(head);
      far.pipe(near);
      near.pipe(far);
    });
    far.on('error', () => near.destroy());
    near.on('error', () => far.destroy());
  });
  return { url: `http://127.0.0.1:${proxy.port}`, asked };
}

test('requests go through the proxy of HTTP_PROXY and HTTPS_PROXY', async () => {
  const { port } = await listening((_request, response) => response.end('{}'));
  const proxy = await aProxy();
  vi.stubEnv('HTTP_PROXY', proxy.url);
  vi.stubEnv('HTTPS_PROXY', proxy.url);
  vi.stubEnv('NO_PROXY', '');
  const plain = at(`http://127.0.0.1:${port}`);
  await plain.call('getMe', { as });
  expect(plain.proxy).toBe(new URL(proxy.url).host);
  // There is no TLS behind it; that the proxy is asked to connect is what counts.
  await at(`https://127.0.0.1:${port}`)
    .call('getMe', { as })
    .catch(() => undefined);
  expect(proxy.asked).toEqual([`GET http://127.0.0.1:${port}/api/v1/me`, `CONNECT 127.0.0.1:${port}`]);
});

test.each(['127.0.0.1', 'elsewhere, 127.0.0.1', '*'])('NO_PROXY=%s goes past it', async (noProxy) => {
  const { port } = await listening((_request, response) => response.end('{}'));
  const proxy = await aProxy();
  vi.stubEnv('HTTP_PROXY', proxy.url);
  vi.stubEnv('NO_PROXY', noProxy);
  await at(`http://127.0.0.1:${port}`).call('getMe', { as });
  expect(proxy.asked).toEqual([]);
});

test('who waits for a server that is away hears when it answers anybody again, once for each outage', async () => {
  const { port } = await listening((_request, response) => response.end('{}'));
  const server = at(`http://127.0.0.1:${port}`);
  const first = server.back;
  await server.call('getMe', { as });
  expect(first.aborted).toBe(false);
  const cut = AbortSignal.abort();
  await expect(server.call('getMe', { signal: cut, as })).rejects.toMatchObject({ code: 'UNREACHABLE' });
  await server.call('getMe', { as });
  expect(first.aborted).toBe(true);
  expect(server.back.aborted).toBe(false);
});

test('of an answer that is larger than it may be it says so, not that there is none', async () => {
  const { port } = await listening((_request, response) => response.end('x'.repeat(2 * 1024 ** 2)));
  const asking = at(`http://127.0.0.1:${port}`).send('GET', '/me', { mostBytes: 1024 ** 2 });
  await expect(asking).rejects.toMatchObject({
    code: 'UNREACHABLE',
    message: `http://127.0.0.1:${port} answers with more than 1 MB`,
  });
});

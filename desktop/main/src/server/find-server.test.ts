import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { findServer } from './find-server.js';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

/** @returns its host and port */
async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** In the words of the control API. */
const refuse =
  (status: number, code: string): RequestListener =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: { code, message: `In words: ${code}.` } }));
  };

/** A control API below a path; everywhere else what its dashboard, or another program beside it, says. */
const fleetBelow =
  (base: string, elsewhere: RequestListener, seen: (string | undefined)[] = []): RequestListener =>
  (request, response) => {
    seen.push(request.headers.authorization);
    const isThere = request.url === `${base}/api/v1/me`;
    (isThere ? refuse(401, 'UNAUTHORIZED') : elsewhere)(request, response);
  };
const pages: RequestListener = (_request, response) => response.writeHead(200).end('<!doctype html>');

test('an address without a scheme is that of the server which answers there', async () => {
  const host = await serve(fleetBelow('', pages));
  expect(await findServer(host, '1')).toBe(`http://${host}`);
});

test.for<[string, RequestListener]>([
  ['shows pages', pages],
  ['says in the same words that there is nothing', refuse(404, 'NOT_FOUND')],
  ['says in the same words that it is overloaded', refuse(503, 'UNAVAILABLE')],
])(
  'of the address of a page the server is found where the rest %s, also below a path, and no key is sent',
  async ([, rest]) => {
    for (const base of ['', '/fleet']) {
      const seen: (string | undefined)[] = [];
      const host = await serve(fleetBelow(base, rest, seen));
      const found = `http://${host}${base}`;
      expect(await findServer(`${host}${base}/sessions/clrabc?tab=log`, '1')).toBe(found);
      expect(await findServer(`${host}${base}/sessions`, '1')).toBe(found);
      for (const authorization of seen) expect(authorization).not.toContain('af_live_');
    }
  },
);

test('a server that refuses for now is not connected to by another path, and says why', async () => {
  const host = await serve(refuse(503, 'UNAVAILABLE'));
  await expect(findServer(`http://${host}/sessions`, '1')).rejects.toThrow(/says: In words: UNAVAILABLE/);
});

test('what answers and is no control API is said, and so is where nothing answers', async () => {
  const host = await serve((_request, response) => response.writeHead(401).end('{"message":"who are you"}'));
  await expect(findServer(`http://${host}`, '1')).rejects.toThrow(/is no AgentFleet server/);
  await expect(findServer('http://127.0.0.1:1/sessions', '1')).rejects.toThrow(
    'http://127.0.0.1:1/sessions does not answer: nothing listens there. Check the address and the network.',
  );
  await expect(findServer('no-such-host.invalid', '1')).rejects.toThrow(
    /no-such-host\.invalid does not answer/,
  );
});

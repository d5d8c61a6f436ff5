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

/** A control API below a path, and pages everywhere else, as a dashboard's own addresses are. */
const fleetBelow =
  (base: string, seen: (string | undefined)[] = []): RequestListener =>
  (request, response) => {
    seen.push(request.headers.authorization);
    if (request.url !== `${base}/api/v1/me`) return void response.writeHead(200).end('<!doctype html>');
    response.writeHead(401, { 'content-type': 'application/json' });
    response.end('{"error":{"code":"UNAUTHORIZED","message":"No key."}}');
  };

test('an address without a scheme is that of the server which answers there', async () => {
  const host = await serve(fleetBelow(''));
  expect(await findServer(host, '1')).toBe(`http://${host}`);
});

test('of the address of a page the server is found, also below a path, and no key is sent', async () => {
  const seen: (string | undefined)[] = [];
  const host = await serve(fleetBelow('/fleet', seen));
  expect(await findServer(`${host}/fleet/sessions/clrabc?tab=log`, '1')).toBe(`http://${host}/fleet`);
  for (const authorization of seen) expect(authorization).not.toContain('af_live_');
});

test('what answers and is no control API is said, and so is where nothing answers', async () => {
  const host = await serve((_request, response) => response.writeHead(401).end('{"message":"who are you"}'));
  await expect(findServer(`http://${host}`, '1')).rejects.toThrow(/is no AgentFleet server/);
  await expect(findServer('http://127.0.0.1:1/sessions', '1')).rejects.toThrow(
    /does not answer.*Check the address/s,
  );
  await expect(findServer('no-such-host.invalid', '1')).rejects.toThrow(
    /no-such-host\.invalid does not answer/,
  );
});

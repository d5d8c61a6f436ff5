import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { ComputerSignIn } from './computer-sign-in.js';

test('a server that asks for a pause longer than timers can be is not asked without any', async () => {
  const asked: (string | undefined)[] = [];
  const now = new Date().toISOString();
  const started = {
    deviceCode: 'd'.repeat(43),
    userCode: 'BCDF-GHJK',
    path: '/connect?code=BCDF-GHJK',
    intervalSec: 10_000_000,
    expiresAt: now,
    serverTime: now,
  };
  const server = createServer((request, response) => {
    asked.push(request.url);
    const isStart = asked.length === 1;
    response.writeHead(isStart ? 201 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(isStart ? started : { state: 'waiting' }));
  }).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  const signIn = new ComputerSignIn({
    version: '1',
    browse: () => undefined,
    connect: async () => undefined,
    log: () => undefined,
  });
  await signIn.start(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 'mill');
  onTestFinished(() => signIn.cancel());
  await delay(300);
  expect(asked).toHaveLength(1);
  expect(signIn.state?.phase).toBe('waiting');
});

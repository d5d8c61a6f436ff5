import { routes } from '@agentfleet/contract';
import { expect, test } from 'vitest';
import { ApiRequest, relayedRoute } from './api-relay.js';

const run = 'clrabcdefgh12345';
const asked = (method: ApiRequest['method'], path: string, body?: unknown) =>
  relayedRoute(ApiRequest.parse({ method, path, ...(body === undefined ? {} : { body }) }));

test.each([
  ['GET', '/runs?limit=50&status=RUNNING,FAILED', 'listRuns', undefined],
  ['GET', `/runs/${run}?logs=0`, 'getRun', undefined],
  ['GET', `/runs/${run}/events?after=3`, 'tailRun', undefined],
  ['POST', '/runs', 'createRun', { prompt: 'go', cwd: '/code' }],
  ['POST', `/runs/${run}/cancel`, 'cancelRun', {}],
  ['GET', '/me', 'getMe', undefined],
] as const)('%s %s is the route %s', (method, path, name, body) => {
  expect(asked(method, path, body)).toMatchObject({ ok: true, name });
});

test('no route of the runner protocol, and none by which sessions begin, is open to the window', () => {
  const signIns = /^\/(?:session|sign-ins.*|runners\/:id\/window)$/;
  for (const route of Object.values(routes)) {
    const closed = 'runnerProtocol' in route || signIns.test(route.path);
    if (!closed) continue;
    const id = route.path.startsWith('/runners') ? 'run_abcdefgh' : run;
    const path = route.path.replace(':id', id).replace(':code', 'BCDF-GHJK');
    const computer = { computer: 'x', user: 'x', hostname: 'x', platform: 'linux', version: '1' };
    const bodies = [
      {},
      { decision: 'allow' },
      { credential: 'x', scopes: [] },
      { deviceCode: 'x'.repeat(43) },
      computer,
    ];
    for (const body of [undefined, ...bodies])
      expect(asked(route.method, path, body), `${route.method} ${path}`).toMatchObject({ ok: false });
  }
});

test.each([
  ['GET', '/runs/../api-keys'],
  ['GET', `/runs/${run}/../../api-keys`],
  ['GET', '/runs/%2e%2e'],
  ['GET', '/runs/1'],
  ['GET', '/runs?limit=9999'],
  ['GET', '/nothing'],
  ['DELETE', '/runs'],
  ['DELETE', `/runs/${run}/events`],
] as const)('%s %s is refused', (method, path) => {
  expect(asked(method, path)).toMatchObject({ ok: false });
});

test('a body that the contract does not know is refused before it is sent', () => {
  expect(asked('POST', '/runs', { prompt: 'go', cwd: '/code', evil: 1 })).toMatchObject({ ok: false });
  expect(asked('POST', '/runs')).toMatchObject({ ok: false });
});

test.each(['//evil.example/x', 'https://evil.example', '/../x', ''])(
  'the path %j is not even a request',
  (path) => {
    expect(ApiRequest.safeParse({ method: 'GET', path }).success).toBe(false);
  },
);

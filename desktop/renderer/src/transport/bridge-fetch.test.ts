import type { ApiAnswer, Telling } from '@agentfleet/bridge';
import { expect, test } from 'vitest';
import type { AppClient } from './app-client.js';
import { bridgeFetch } from './bridge-fetch.js';

/** A main process that answers as it is told, and keeps what it was asked. */
function aRelay(answer: Partial<ApiAnswer> = {}) {
  const asked: [string, unknown][] = [];
  const listeners = new Set<(telling: Telling) => void>();
  const ask = async (name: string, input: unknown) => {
    asked.push([name, input]);
    return { status: 200, retryAfter: null, body: '{}', ...answer };
  };
  const relay: Pick<AppClient, 'ask' | 'listen'> = {
    // Answers everything alike, whatever the command.
    ask: ask as unknown as AppClient['ask'],
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const tell = (telling: Telling) => {
    for (const listener of [...listeners]) listener(telling);
  };
  return { asked, relay, tell, listeners };
}

const stream = { headers: { Accept: 'text/event-stream', 'Last-Event-ID': '4' } };
const idOf = ([, input]: [string, unknown]) => (input as { id: string }).id;

test('a request goes with its method, its path below /api/v1, its body and its idempotency key, and nothing else', async () => {
  const { relay, asked } = aRelay({ status: 201, body: '{"id":1}' });
  const response = await bridgeFetch(relay)('/api/v1/runs?x=1', {
    method: 'POST',
    body: '{"prompt":"go"}',
    headers: { 'Idempotency-Key': 'k1', 'Content-Type': 'application/json', 'X-Other': 'no' },
  });
  expect([response.status, await response.json()]).toEqual([201, { id: 1 }]);
  expect(asked).toEqual([
    ['request', { method: 'POST', path: '/runs?x=1', body: { prompt: 'go' }, idempotencyKey: 'k1' }],
  ]);
});

test('an answer without a body, one that says when to come again, and none at all', async () => {
  expect((await bridgeFetch(aRelay({ status: 204, body: '' }).relay)('/api/v1/x')).status).toBe(204);
  const busy = await bridgeFetch(aRelay({ status: 429, retryAfter: '7' }).relay)('/api/v1/x');
  expect(busy.headers.get('retry-after')).toBe('7');
  await expect(bridgeFetch(aRelay({ status: 0, body: '' }).relay)('/api/v1/x')).rejects.toThrow(TypeError);
});

test('a request that is given up rejects', async () => {
  const { relay } = aRelay();
  const never: typeof relay = { ...relay, ask: (() => new Promise(() => {})) as unknown as AppClient['ask'] };
  await expect(bridgeFetch(never)('/api/v1/x', { signal: AbortSignal.timeout(10) })).rejects.toMatchObject({
    name: 'TimeoutError',
  });
});

test('a stream brings its own pieces in order and ends', async () => {
  const { relay, asked, tell, listeners } = aRelay({ body: '' });
  const response = await bridgeFetch(relay)('/api/v1/runs/clr1/events', stream);
  const [first] = asked;
  if (!first) throw new Error('nothing was asked');
  expect(first).toMatchObject(['openStream', { request: { path: '/runs/clr1/events', lastEventId: '4' } }]);
  const id = idOf(first);
  tell({ type: 'chunk', id: 'another', text: 'not mine' });
  tell({ type: 'chunk', id, text: 'grüße ' });
  tell({ type: 'chunk', id, text: 'again' });
  tell({ type: 'end', id });
  expect(await response.text()).toBe('grüße again');
  expect(listeners.size).toBe(0);
});

test('a stream that is given up is closed in the main process too', async () => {
  const { relay, asked, listeners } = aRelay({ body: '' });
  const giveUp = new AbortController();
  const response = await bridgeFetch(relay)('/api/v1/runs/clr1/events', { ...stream, signal: giveUp.signal });
  giveUp.abort();
  await expect(response.text()).rejects.toMatchObject({ name: 'AbortError' });
  expect(asked.at(-1)).toEqual(['closeStream', asked[0] && idOf(asked[0])]);
  expect(listeners.size).toBe(0);
});

test('a stream that is refused is an answer like any other', async () => {
  const { relay, listeners } = aRelay({ status: 404, body: '{"error":{}}' });
  const response = await bridgeFetch(relay)('/api/v1/runs/clr1/events', stream);
  expect([response.status, await response.json()]).toEqual([404, { error: {} }]);
  expect(listeners.size).toBe(0);
});

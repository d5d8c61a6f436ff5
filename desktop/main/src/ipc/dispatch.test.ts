import { commands } from '@agentfleet/bridge';
import { expect, test, vi } from 'vitest';
import { dispatch, type Handlers } from './dispatch.js';
import { isTrustedSender } from './sender.js';

const handler = vi.fn();
const handlers = Object.fromEntries(
  Object.keys(commands).map((name) => [name, handler]),
) as unknown as Handlers<string>;

test('a command reaches its handler with checked input and its caller', async () => {
  handler.mockReturnValueOnce('done');
  expect(await dispatch(handlers, 'applySettings', { name: ' mill ' }, 'window')).toEqual({
    ok: true,
    output: 'done',
  });
  expect(handler).toHaveBeenCalledWith({ name: 'mill' }, 'window');
});

test.each([
  ['nothing', undefined],
  ['constructor', undefined],
  ['__proto__', undefined],
  [42, undefined],
  ['applySettings', { server: 7373 }],
  ['applySettings', { apiKey: 'af_live_x' }],
  ['applySettings', undefined],
  ['state', { extra: 1 }],
  ['keepKey', { server: 'https://fleet.example', where: 'disk' }],
  ['request', { method: 'PUT', path: '/runs' }],
  ['openStream', { id: '../x', request: { method: 'GET', path: '/runs' } }],
  ['viewing', 'not-a-run'],
])('%s with %j reaches no handler', async (name, input) => {
  handler.mockClear();
  expect(await dispatch(handlers, name, input, 'window')).toMatchObject({ ok: false });
  expect(handler).not.toHaveBeenCalled();
});

test('what a handler throws is an answer', async () => {
  handler.mockRejectedValueOnce(new Error('the disk is full'));
  expect(await dispatch(handlers, 'pause', undefined, 'window')).toEqual({
    ok: false,
    message: 'the disk is full',
  });
});

test('only the app’s own page is answered', () => {
  expect(isTrustedSender({ url: 'app://agentfleet/sessions', parent: null })).toBe(true);
  expect(isTrustedSender({ url: 'app://agentfleet/sessions', parent: {} })).toBe(false);
  expect(isTrustedSender({ url: 'https://evil.example/', parent: null })).toBe(false);
  expect(isTrustedSender({ url: 'app://agentfleet.evil/', parent: null })).toBe(false);
  expect(isTrustedSender(null)).toBe(false);
});

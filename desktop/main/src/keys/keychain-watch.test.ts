import type { StoreState } from '@agentfleet/bridge';
import { afterEach, expect, test, vi } from 'vitest';
import { type KeychainSight, sightOf, watchKeychain } from './keychain-watch.js';

afterEach(() => vi.useRealTimers());

test('a keychain is looked at while the app waits for it, and what is another than before is told', async () => {
  vi.useFakeTimers();
  let state: StoreState = 'holds';
  let sight: KeychainSight | undefined = 'absent';
  const onOther = vi.fn((seen: KeychainSight) => {
    state = seen === 'open' ? 'holds' : seen;
  });
  const look = vi.fn(async () => sight);
  const stop = watchKeychain('linux', () => state, onOther, look);
  for (const unasked of ['holds', 'empty', 'opening', 'refused'] as const) {
    state = unasked;
    await vi.advanceTimersByTimeAsync(10_000);
  }
  expect(look).not.toHaveBeenCalled();
  state = 'absent';
  await vi.advanceTimersByTimeAsync(10_000);
  expect(look).toHaveBeenCalled();
  expect(onOther).not.toHaveBeenCalled();
  for (const next of ['locked', undefined, 'open'] as const) {
    sight = next;
    await vi.advanceTimersByTimeAsync(10_000);
  }
  expect(onOther.mock.calls).toEqual([['locked'], ['open']]);
  stop();
  state = 'locked';
  await vi.advanceTimersByTimeAsync(60_000);
  expect(onOther).toHaveBeenCalledTimes(2);
});

test.each([
  ['(<false>,)\n', '', 'open'],
  ['(<true>,)\n', '', 'locked'],
  ['', 'Error: GDBus.Error:org.freedesktop.DBus.Error.UnknownMethod: Object does not exist', 'open'],
  ['', 'Error: GDBus.Error:org.freedesktop.DBus.Error.ServiceUnknown: The name is not there', 'absent'],
  ['', 'Error connecting: Cannot autolaunch D-Bus without X11 $DISPLAY', 'absent'],
  ['', 'Error: Timeout was reached', undefined],
  ['', '', undefined],
] as const)('of %j and %j it is read: %s', (stdout, stderr, sight) => {
  expect(sightOf(stdout, stderr)).toBe(sight);
});

import type { NetworkInterfaceInfo } from 'node:os';
import { expect, test, vi } from 'vitest';
import { networkSignature, watchNetwork } from './network-watch.js';

const address = (text: string, internal = false) => ({ address: text, internal }) as NetworkInterfaceInfo;

test('another address is another network; the loopback and the order are not', () => {
  const home = { lo: [address('127.0.0.1', true)], wlan0: [address('192.168.1.4'), address('fe80::1')] };
  const same = { wlan0: [address('fe80::1'), address('192.168.1.4')] };
  expect(networkSignature(home)).toBe(networkSignature(same));
  expect(networkSignature(home)).not.toBe(networkSignature({ wlan0: [address('10.0.0.9')] }));
});

test('a change is told once', () => {
  vi.useFakeTimers();
  let current = { wlan0: [address('192.168.1.4')] };
  const onChange = vi.fn();
  const stop = watchNetwork(() => current, onChange);
  vi.advanceTimersByTime(20_000);
  expect(onChange).not.toHaveBeenCalled();
  current = { wlan0: [address('10.0.0.9')] };
  vi.advanceTimersByTime(20_000);
  expect(onChange).toHaveBeenCalledTimes(1);
  stop();
  vi.useRealTimers();
});

test('a system that does not tell its addresses is no change, and stops nothing', () => {
  vi.useFakeTimers();
  let tells = false;
  const onChange = vi.fn();
  const stop = watchNetwork(() => {
    if (!tells) throw new Error('uv_interface_addresses returned Unknown system error 13');
    return { wlan0: [address('10.0.0.9')] };
  }, onChange);
  vi.advanceTimersByTime(20_000);
  expect(onChange).not.toHaveBeenCalled();
  tells = true;
  vi.advanceTimersByTime(20_000);
  expect(onChange).toHaveBeenCalledTimes(1);
  stop();
  vi.useRealTimers();
});

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { patiently } from './patiently.js';

const missing = new TypeError('Failed to fetch dynamically imported module');
const load = patiently(() => Promise.reject(missing));
const reload = vi.fn();
const fetched = vi.fn<() => Promise<{ ok: boolean }>>();

/** A page of that address, open for so many ms. */
function page(protocol: string, ageMs: number): void {
  vi.stubGlobal('location', { protocol, reload });
  vi.stubGlobal('fetch', fetched);
  vi.spyOn(performance, 'now').mockReturnValue(ageMs);
}

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout'] }));
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  reload.mockReset();
  fetched.mockReset();
});

test('the dashboard waits until its server is back, then loads the page anew', async () => {
  page('http:', 1_000);
  fetched
    .mockRejectedValueOnce(new TypeError('Failed to fetch'))
    .mockRejectedValueOnce(new TypeError('again'));
  fetched.mockResolvedValue({ ok: true });
  void load();
  await vi.advanceTimersByTimeAsync(3_000);
  expect(reload).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(reload).toHaveBeenCalledOnce();
});

test('a page that was just loaded from a server that is there is not loaded again', async () => {
  page('https:', 1_000);
  fetched.mockResolvedValue({ ok: true });
  await expect(load()).rejects.toBe(missing);
  expect(reload).not.toHaveBeenCalled();
});

test('the app, whose pages may fetch nothing, waits for nobody', async () => {
  fetched.mockRejectedValue(new TypeError('Refused to connect'));
  page('app:', 1_000);
  await expect(load()).rejects.toBe(missing);
  page('app:', 60_000);
  void load();
  await vi.advanceTimersByTimeAsync(0);
  expect(reload).toHaveBeenCalledOnce();
  expect(fetched).not.toHaveBeenCalled();
});

import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { calmLog } from './calm-log.js';
import { describeFault } from './fault.js';

let lines: Record<string, unknown>[];
let log: ReturnType<typeof calmLog>;
beforeEach(() => {
  vi.useFakeTimers();
  lines = [];
  const write = (line: string) => void lines.push(JSON.parse(line));
  log = calmLog(pino({ serializers: { err: describeFault } }, { write }));
});
afterEach(() => vi.useRealTimers());
const quiet = () => vi.advanceTimersByTimeAsync(10_000);

const away = (words: string) => new Error(`connect ECONNREFUSED ${words}`);

test('thirty thousand failures of one kind in a minute are one line with a stack, and then a count every ten seconds', async () => {
  for (let second = 0; second < 60; second += 1) {
    for (let one = 0; one < 500; one += 1)
      log.warn({ requestId: `req_${second}_${one}`, err: away(`10.0.0.${one}`) }, 'stream ended early');
    await vi.advanceTimersByTimeAsync(1_000);
  }
  await quiet();
  expect(lines.filter(({ err }) => err)).toHaveLength(1);
  expect(lines[0]).toMatchObject({
    requestId: 'req_0_0',
    err: { at: expect.arrayContaining([expect.any(String)]) },
  });
  expect(lines.length).toBeLessThan(9);
  const counted = lines.slice(1).reduce((sum, { times }) => sum + Number(times), 0);
  expect(counted).toBe(29_999);
  expect(lines[1]).toMatchObject({ msg: 'stream ended early', type: 'Error', reason: expect.any(String) });
  const named = lines[1]?.requestIds as string[];
  expect(named.slice(0, 2)).toEqual(['req_0_1', 'req_0_2']);
  expect(named).toHaveLength(50);
});

test('kinds are told apart by message, by error and by what they are about, and each is said', async () => {
  const other = new TypeError('x');
  for (let times = 0; times < 3; times += 1) {
    log.error({ err: other }, 'request failed');
    log.error({ err: other }, 'sweep failed');
    log.warn({ runnerId: 'run_1' }, 'used twice');
    log.warn({ runnerId: 'run_2' }, 'used twice');
    log.warn('a newer server has migrated the database');
  }
  expect(lines).toHaveLength(5);
  await quiet();
  expect(lines.slice(5).map(({ times, msg, runnerId }) => [times, msg, runnerId])).toEqual([
    [2, 'request failed', undefined],
    [2, 'sweep failed', undefined],
    [2, 'used twice', 'run_1'],
    [2, 'used twice', 'run_2'],
    [2, 'a newer server has migrated the database', undefined],
  ]);
});

test('once it was quiet it is said whole again, and nothing of it is kept', async () => {
  const failure = away('x');
  log.error({ err: failure }, 'request failed');
  await quiet();
  expect(vi.getTimerCount()).toBe(0);
  log.error({ err: failure }, 'request failed');
  expect(lines.filter(({ err }) => err)).toHaveLength(2);
});

test('what is no trouble is said each time', () => {
  for (let times = 0; times < 3; times += 1) log.info({ requestId: 'req' }, 'request');
  expect(lines).toHaveLength(3);
});

import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { lockRunnerDir } from '../runner-lock.js';
import { TestControlApi } from '../testing/control-api.js';
import { RunnerOn } from '../testing/runner-on.js';
import { Room } from './room.js';

// Test files share the modules that were loaded: this one has them loaded again, onto a disk of its own.
vi.hoisted(() => vi.resetModules());

/** What the disk says to a write, and how much it says is free. */
const disk = vi.hoisted(() => ({
  refuses: undefined as string | undefined,
  free: undefined as number | undefined,
}));

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const writeSync = (...args: Parameters<typeof fs.writeSync>) => {
    if (disk.refuses) throw Object.assign(new Error(`${disk.refuses}: write`), { code: disk.refuses });
    return fs.writeSync(...args);
  };
  const statfsSync = (path: string) => {
    const found = fs.statfsSync(path);
    return disk.free === undefined ? found : { ...found, bsize: 1, bavail: disk.free };
  };
  return { ...fs, writeSync, statfsSync };
});

let api: TestControlApi;
let dir: string;
let on: RunnerOn | undefined;
beforeEach(async () => {
  api = await new TestControlApi().listen();
  dir = mkdtempSync(join(tmpdir(), 'log-room-'));
});
afterEach(async () => {
  Object.assign(disk, { refuses: undefined, free: undefined });
  await on?.close();
  on = undefined;
  await api.close();
  rmSync(dir, { recursive: true, force: true });
});

test.each([
  ['a full disk', () => Object.assign(disk, { refuses: 'ENOSPC' }), 'is full'],
  ['a quota that is used up', () => Object.assign(disk, { refuses: 'EDQUOT' }), 'is full'],
  ['a disk with less free than a log needs', () => Object.assign(disk, { free: 1_000_000 }), 'is full'],
  ['a disk that was mounted to be read', () => Object.assign(disk, { refuses: 'EROFS' }), 'can only be read'],
  ['an outbox that is a file', () => writeFileSync(join(dir, 'outbox'), ''), 'is not a folder'],
])('on %s it takes nothing, says why, and goes on once there is room', async (_what, break_, words) => {
  break_();
  const heard: (string | null)[] = [];
  on = new RunnerOn(api, {}, dir);
  on.runner.on('room', (why) => heard.push(why));
  const run = api.launch();
  await expect.poll(() => api.requests('claim').at(-1)?.body).toMatchObject({ draining: true, slots: 0 });
  expect(heard).toEqual([expect.stringContaining(words)]);
  expect(on.runner.roomTrouble).toContain(dir);
  expect(on.agent.sessions).toEqual([]);

  Object.assign(disk, { refuses: undefined, free: undefined });
  if (existsSync(join(dir, 'outbox')) && words === 'is not a folder') rmSync(join(dir, 'outbox'));
  await expect.poll(() => api.stored(run.id).state, { timeout: 15_000 }).toBe('RUNNING');
  expect(heard.at(-1)).toBeNull();
});

test.each([
  ['a disk that fills up', () => Object.assign(disk, { free: 1_000_000 })],
  [
    'an outbox that something else takes the place of',
    () => {
      rmSync(join(dir, 'outbox'), { recursive: true });
      writeFileSync(join(dir, 'outbox'), '');
    },
  ],
])('%s while it waits for sessions lets it take none', async (_what, break_) => {
  on = new RunnerOn(api, {}, dir);
  await expect.poll(() => api.requests('claim').at(-1)?.body).toMatchObject({ draining: false, slots: 4 });
  break_();
  await expect
    .poll(() => api.requests('claim').at(-1)?.body, { timeout: 15_000 })
    .toMatchObject({ draining: true, slots: 0 });
});

test('what is tried leaves nothing behind', () => {
  const folder = join(dir, 'new');
  expect(new Room(folder).look()).toBeUndefined();
  expect(readdirSync(folder)).toEqual([]);
  expect(new Room(folder).look(false)).toBeUndefined();
});

test('what is only asked finds what stands in the way, and makes a folder that nobody has made yet', () => {
  const folder = join(dir, 'new');
  expect(new Room(folder).look(false)).toBeUndefined();
  expect(readdirSync(folder)).toEqual([]);
  rmSync(folder, { recursive: true });
  writeFileSync(folder, '');
  expect(new Room(folder).look(false)).toBe(`${folder} is not a folder, or lies in what is none.`);
});

test('a runner of a new folder finds no fault with it', async () => {
  const heard: (string | null)[] = [];
  on = new RunnerOn(api, {}, join(dir, 'new'));
  on.runner.on('room', (why) => heard.push(why));
  await expect.poll(() => api.requests('claim').length).toBeGreaterThan(0);
  expect(heard).toEqual([]);
});

test('a folder that cannot be made, and a lock that cannot, say so in a sentence', async () => {
  const file = join(dir, 'file');
  writeFileSync(file, '');
  await expect(lockRunnerDir(join(file, 'runner'))).rejects.toThrow(
    /runner is not a folder, or lies in what is none\.$/,
  );
  const taken = join(dir, 'taken');
  mkdirSync(join(taken, 'runner.lock', 'x'), { recursive: true });
  await expect(lockRunnerDir(taken)).rejects.toThrow(/^The lock of this runner cannot be made/);
});

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readIdentity } from './identity.js';
import { lockPath, lockRunnerDir } from './runner-lock.js';
import { pipesAreForOne } from './testing/wine.js';

/** Nobody can remove a pipe, and it goes with its process. */
const isWindows = process.platform === 'win32';

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'agentfleet-identity-'));
});
afterEach(() => rmSync(parent, { recursive: true }));

test('the identity is made once and only its user may read it', () => {
  const directory = join(parent, 'deep', 'runner');
  const first = readIdentity(directory);
  expect(readIdentity(directory)).toEqual(first);
  expect(readIdentity(join(parent, 'other'))).not.toEqual(first);
  if (isWindows) return;
  expect(statSync(directory).mode & 0o077).toBe(0);
  expect(statSync(join(directory, 'identity.json')).mode & 0o077).toBe(0);
});

test.each(['', '{', '{"machineId":"me"}'])(
  'a damaged identity (%j) is named and never replaced by a new one in silence',
  (text) => {
    const file = join(parent, 'identity.json');
    writeFileSync(file, text);
    expect(() => readIdentity(parent)).toThrow(`${file} is damaged`);
    expect(readFileSync(file, 'utf8')).toBe(text);
  },
);

test.runIf(pipesAreForOne)(
  'one directory is one runner: a second process is refused until the first lets go',
  async () => {
    const unlock = await lockRunnerDir(parent);
    await expect(lockRunnerDir(parent)).rejects.toThrow('set AGENTFLEET_RUNNER_DIR to another directory');
    await unlock();
    await (await lockRunnerDir(parent))();
  },
);

test.skipIf(isWindows)('a lock that somebody removed is made again', async () => {
  const unlock = await lockRunnerDir(parent);
  rmSync(lockPath(parent));
  rmSync(join(parent, 'runner.json'));
  await expect.poll(() => existsSync(lockPath(parent))).toBe(true);
  await expect(lockRunnerDir(parent)).rejects.toThrow('Another runner uses');
  expect(JSON.parse(readFileSync(join(parent, 'runner.json'), 'utf8'))).toEqual({
    address: lockPath(parent),
  });
  unlock();
  await (await lockRunnerDir(parent))();
});

test.skipIf(isWindows)(
  'where the directory was moved away, the one that stands there later is locked',
  async () => {
    const directory = join(parent, 'runner');
    const unlock = await lockRunnerDir(directory);
    renameSync(directory, join(parent, 'lost'));
    // So long that it was looked for in vain.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    mkdirSync(directory);
    await expect.poll(() => existsSync(lockPath(directory))).toBe(true);
    await expect(lockRunnerDir(directory)).rejects.toThrow('Another runner uses');
    unlock();
    await (await lockRunnerDir(directory))();
  },
);

test.skipIf(isWindows)('who finds its lock in the hands of another process is told, once', async () => {
  const lost = vi.fn();
  const unlock = await lockRunnerDir(parent, { lost });
  rmSync(lockPath(parent));
  const unlockOther = await lockRunnerDir(parent);
  await expect.poll(() => lost.mock.calls.length).toBe(1);
  unlock();
  await expect(lockRunnerDir(parent)).rejects.toThrow('Another runner uses');
  unlockOther();
});

test.skipIf(isWindows)('what a process that was killed left behind keeps nobody out', async () => {
  // A socket file without a listener, as after kill -9.
  writeFileSync(lockPath(parent), '');
  await (await lockRunnerDir(parent))();
});

test.each([
  ['linux', '/home/you/.agentfleet/runner', '/home/you/.agentfleet/runner/runner.lock'],
  ['win32', 'C:\\Users\\you\\.agentfleet\\runner', '\\\\.\\pipe\\agentfleet-runner-'],
] as const)('on %s the lock of %s lies at %s', (platform, directory, path) => {
  expect(lockPath(directory, platform).startsWith(path)).toBe(true);
});

test('a directory too long for a socket has its lock in the temporary one', () => {
  const path = lockPath(`/home/${'deep/'.repeat(40)}runner`, 'linux');
  expect(path.startsWith(tmpdir())).toBe(true);
  expect(Buffer.byteLength(path)).toBeLessThan(108);
});

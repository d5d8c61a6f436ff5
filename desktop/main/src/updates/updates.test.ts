import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Updater, Updates } from './updates.js';

/** Stands for electron-updater, which only a packaged app can load. */
class ScriptedUpdater extends EventEmitter {
  logger = null;
  allowDowngrade = true;
  readonly quitAndInstall = vi.fn();
  looks = 0;
  answer: () => Promise<unknown> = async () => ({});

  checkForUpdates() {
    this.looks += 1;
    return this.answer();
  }
}

let resourcesPath: string;
let updater: ScriptedUpdater;
let said: string[];
beforeEach(() => {
  resourcesPath = mkdtempSync(join(tmpdir(), 'agentfleet-updates-'));
  updater = new ScriptedUpdater();
  said = [];
});
afterEach(() => rmSync(resourcesPath, { recursive: true }));

function updates({ configured = true, isPackaged = true } = {}): Updates {
  if (configured) writeFileSync(join(resourcesPath, 'app-update.yml'), 'provider: generic\n');
  const load = async () => updater as unknown as Updater;
  const made = new Updates({ resourcesPath, isPackaged, log: () => undefined, load });
  made.on('changed', () => said.push(made.state.phase));
  return made;
}

test.each([{ configured: false }, { isPackaged: false }])(
  'with %j there are none, nothing is looked for, and that is no failure',
  async (missing) => {
    const made = updates(missing);
    made.automatic = true;
    await made.check();
    expect(made.state).toEqual({ phase: 'unavailable', detail: expect.stringContaining('no address') });
    expect([updater.looks, said]).toEqual([0, []]);
  },
);

test('a new version is fetched, then ready, and installed only when somebody asks', async () => {
  const made = updates();
  updater.answer = async () => {
    updater.emit('update-available', { version: '0.2.0' });
    return { downloadPromise: Promise.resolve([]) };
  };
  await made.check();
  expect(made.state).toEqual({ phase: 'downloading', detail: '0.2.0' });
  await made.install();
  updater.emit('update-downloaded', { version: '0.2.0' });
  expect(said).toEqual(['checking', 'downloading', 'ready']);
  expect(updater.quitAndInstall).not.toHaveBeenCalled();
  await made.install();
  expect(updater.quitAndInstall).toHaveBeenCalledTimes(1);
});

test('no new version is no news', async () => {
  const made = updates();
  updater.answer = async () => updater.emit('update-not-available', {});
  await made.check();
  expect(said).toEqual(['checking', 'idle']);
});

test('a look that fails says why in one line, and the next look works', async () => {
  const made = updates();
  updater.answer = async () => {
    throw new Error('net::ERR_INTERNET_DISCONNECTED\nHeaders: {\n  a page of them');
  };
  await made.check();
  expect(made.state).toEqual({ phase: 'failed', detail: 'net::ERR_INTERNET_DISCONNECTED' });
  updater.answer = async () => updater.emit('update-not-available', {});
  await made.check();
  expect(made.state.phase).toBe('idle');
});

test('a download that fails is a failure, and no fault that nobody caught', async () => {
  const made = updates();
  updater.answer = async () => {
    updater.emit('update-available', { version: '0.2.0' });
    const broken = new Error('sha512 checksum mismatch');
    updater.emit('error', broken);
    return { downloadPromise: Promise.reject(broken) };
  };
  await made.check();
  expect(made.state).toEqual({ phase: 'failed', detail: 'sha512 checksum mismatch' });
});

test('an installation that cannot replace itself does not look for ever', async () => {
  const made = updates();
  updater.answer = async () => null;
  await made.check();
  expect(made.state).toEqual({
    phase: 'unavailable',
    detail: expect.stringContaining('cannot replace itself'),
  });
});

test('it looks at once and every six hours while it may, and a change of another setting is no reason to', async () => {
  vi.useFakeTimers();
  const made = updates();
  updater.answer = async () => updater.emit('update-not-available', {});
  made.automatic = true;
  made.automatic = true;
  await vi.advanceTimersByTimeAsync(1);
  expect(updater.looks).toBe(1);
  await vi.advanceTimersByTimeAsync(6 * 60 * 60 * 1_000);
  expect(updater.looks).toBe(2);
  made.automatic = false;
  await vi.advanceTimersByTimeAsync(24 * 60 * 60 * 1_000);
  expect(updater.looks).toBe(2);
  vi.useRealTimers();
});

test('an older version is never taken for an update', async () => {
  await updates().check();
  expect(updater.allowDowngrade).toBe(false);
});

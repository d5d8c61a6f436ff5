import { chmod, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createProbe, parseVersion } from './probe.js';

test('a version is read from the CLI’s own answer only', () => {
  expect(parseVersion('2.1.197 (Claude Code)\n')).toBe('2.1.197');
  expect(parseVersion('2.2.0-beta.1 (Claude Code)')).toBe('2.2.0');
  expect(parseVersion('Python 3.12.1')).toBeUndefined();
});

// An executable text file stands in for the CLI, which Windows does not know.
describe.runIf(process.platform !== 'win32')('with an executable', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'probe-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function install(says: string, modified: number) {
    const file = path.join(folder, 'claude');
    await writeFile(file, `#!/bin/sh\necho asked >> "${folder}/asked"\n${says}\n`);
    await chmod(file, 0o755);
    await utimes(file, modified, modified);
    return file;
  }
  /** Root's would be asked for more than its version: that is for the real one, in claude-code.e2e.test.ts. */
  const anyone = { IS_SANDBOX: '1' };
  const timesAsked = async () => (await readFile(path.join(folder, 'asked'), 'utf8')).split('\n').length - 1;

  test('it is found on PATH and asked once, until the file changes', async () => {
    const file = await install('echo "2.1.200 (Claude Code)"', 1_000);
    const probe = createProbe({ PATH: folder, ...anyone }, undefined);
    expect(await probe()).toEqual({ ok: true, path: file, version: '2.1.200', refuses: [] });
    await probe();
    expect(await timesAsked()).toBe(1);
    await install('echo "2.1.201 (Claude Code)"', 2_000);
    expect(await probe()).toEqual({ ok: true, path: file, version: '2.1.201', refuses: [] });
  });

  test('an old version is refused with the way to update it', async () => {
    const file = await install('echo "2.1.162 (Claude Code)"', 1_000);
    const probed = await createProbe({ AGENTFLEET_CLAUDE_PATH: file }, undefined)();
    expect(probed).toMatchObject({ ok: false, version: '2.1.162', failure: { code: 'agent_outdated' } });
    expect(probed.ok ? '' : probed.failure.message).toContain('claude update');
  });

  test('something else, something broken and nothing are not found, each with its reason', async () => {
    const other = await install('echo hello', 1_000);
    expect(await createProbe({}, other)()).toMatchObject({ ok: false, failure: { code: 'agent_not_found' } });
    const broken = await install('exit 3', 2_000);
    expect(await createProbe({}, broken)()).toMatchObject({
      ok: false,
      failure: { code: 'agent_not_found' },
    });
    const nothing = await createProbe({ PATH: '/nowhere' }, undefined)();
    expect(nothing.ok ? '' : nothing.failure.message).toContain('No `claude` was found on PATH');
  });
});

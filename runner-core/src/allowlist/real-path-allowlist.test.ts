import { mkdir, mkdtemp, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hasJunctions } from '../testing/wine.js';
import { createAllowlist } from './real-path-allowlist.js';

let root = '';
const at = (...names: string[]) => path.join(root, ...names);
// A junction needs no privilege on Windows; elsewhere the type is ignored.
const link = (target: string, from: string) => symlink(target, from, 'junction');

beforeEach(async () => {
  root = await realpath(await mkdtemp(path.join(tmpdir(), 'allowlist-')));
  await mkdir(at('code', 'api'), { recursive: true });
  await mkdir(at('code-evil'));
  await mkdir(at('elsewhere', 'secret'), { recursive: true });
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function codeOf(directories: string[], cwd: string) {
  const verdict = await createAllowlist(directories).check(cwd);
  return verdict.ok ? verdict.realPath : verdict.failure.code;
}

test('an allowed directory and everything below it is allowed, by its real path', async () => {
  expect(await codeOf([at('code')], at('code'))).toBe(at('code'));
  expect(await codeOf([at('code') + path.sep], at('code', 'api') + path.sep)).toBe(at('code', 'api'));
  expect(await codeOf([at('code')], at('code', 'api', '..', 'api'))).toBe(at('code', 'api'));
});

test('a neighbour whose name begins alike is not allowed, and the sentence names both sides', async () => {
  const verdict = await createAllowlist([at('code')]).check(at('code-evil'));
  expect(verdict).toMatchObject({ ok: false, failure: { code: 'directory_not_allowed' } });
  const message = verdict.ok ? '' : verdict.failure.message;
  expect(message).toContain(at('code-evil'));
  expect(message).toContain(`allows: “${at('code')}”`);
});

test('`..` does not lead out', async () => {
  expect(await codeOf([at('code')], `${at('code')}${path.sep}..${path.sep}elsewhere`)).toBe(
    'directory_not_allowed',
  );
});

test.runIf(hasJunctions)('a symlink inside that leads outside is not allowed', async () => {
  await link(at('elsewhere'), at('code', 'door'));
  expect(await codeOf([at('code')], at('code', 'door'))).toBe('directory_not_allowed');
  expect(await codeOf([at('code')], at('code', 'door', 'secret'))).toBe('directory_not_allowed');
});

test.runIf(hasJunctions)(
  'a symlink outside that leads inside is allowed, and so is an allowed directory that is a symlink',
  async () => {
    await link(at('code'), at('short'));
    expect(await codeOf([at('code')], at('short', 'api'))).toBe(at('code', 'api'));
    expect(await codeOf([at('short')], at('code', 'api'))).toBe(at('code', 'api'));
  },
);

test.runIf(hasJunctions)(
  'a link that is turned after the first question is caught by the second',
  async () => {
    await link(at('code', 'api'), at('code', 'current'));
    const allowlist = createAllowlist([at('code')]);
    expect(await allowlist.check(at('code', 'current'))).toMatchObject({ ok: true });
    await link(at('elsewhere'), at('code', 'next'));
    await rename(at('code', 'next'), at('code', 'current')).catch(async () => {
      await rm(at('code', 'current'));
      await rename(at('code', 'next'), at('code', 'current'));
    });
    expect(await allowlist.check(at('code', 'current'))).toMatchObject({ ok: false });
  },
);

test('what vanished, and a file, is not found inside; outside it stays unsaid whether it exists', async () => {
  await writeFile(at('code', 'file'), '');
  expect(await codeOf([at('code')], at('code', 'gone'))).toBe('directory_not_found');
  expect(await codeOf([at('code')], at('code', 'file'))).toBe('directory_not_found');
  expect(await codeOf([at('code')], at('elsewhere', 'gone'))).toBe('directory_not_allowed');
  await rm(at('code'), { recursive: true });
  expect(await codeOf([at('code')], at('code'))).toBe('directory_not_found');
});

test('another platform’s path, a relative one and a NUL byte are refused without an exception', async () => {
  const foreign = path.sep === '/' ? 'C:\\Users\\ann\\code' : '/home/ann/code';
  const verdict = await createAllowlist([root]).check(foreign);
  expect(verdict).toMatchObject({ ok: false, failure: { code: 'directory_not_allowed' } });
  expect(verdict.ok ? '' : verdict.failure.message).toContain(
    'is none of the directories this runner allows',
  );
  expect(await codeOf([root], 'code')).toBe('directory_not_allowed');
  expect(await codeOf([root], '')).toBe('directory_not_allowed');
  expect(await codeOf([at('code')], `${at('code')}\0`)).toBe('directory_not_allowed');
});

test('an empty allowlist allows nothing', async () => {
  expect(await codeOf([], root)).toBe('directory_not_allowed');
});

test.runIf(hasJunctions)(
  'the server is told where a directory really is beside how it was typed, and nothing twice',
  async () => {
    await link(at('code'), at('short'));
    const typed = [at('short'), at('code-evil') + path.sep, at('code-evil'), at('missing')];
    const places = await createAllowlist(typed).places();
    expect(places).toEqual([at('short'), at('code-evil') + path.sep, at('missing'), at('code')]);
  },
);

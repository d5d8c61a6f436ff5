import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { InquiryAnswer } from '@agentfleet/contract';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createAllowlist } from '../allowlist/real-path-allowlist.js';
import { hasJunctions } from '../testing/wine.js';
import { isHidden, listFolders, refusalOf, spelled } from './list-folders.js';

let root = '';
const at = (...names: string[]) => path.join(root, ...names);
// A junction needs no privilege on Windows; elsewhere the type is ignored.
const link = (target: string, from: string) => symlink(target, from, 'junction');
const onPosix = process.platform !== 'win32';

beforeEach(async () => {
  root = await realpath(await mkdtemp(path.join(tmpdir(), 'list-folders-')));
  for (const folder of ['api', 'web', '.cache', 'Zoo', 'api10', 'api9'])
    await mkdir(at('code', folder), { recursive: true });
  await mkdir(at('code', 'api', '.git'));
  await writeFile(at('code', 'web', '.git'), 'gitdir: elsewhere');
  await writeFile(at('code', 'notes.txt'), 'secret');
  await mkdir(at('elsewhere', 'secret'), { recursive: true });
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function look(folder: string | null, { hidden = false, directories = [at('code')] } = {}) {
  const answer = await listFolders(createAllowlist(directories), { path: folder, hidden });
  // Whatever it says is what a server takes.
  return InquiryAnswer.parse(answer);
}
const named = async (...asked: Parameters<typeof look>) => {
  const answer = await look(...asked);
  return answer.kind === 'folders' ? answer.folders.map(({ name }) => name) : answer.code;
};

test('folders are named in the order of people, files never, hidden ones only where they are asked for', async () => {
  expect(await named(at('code'))).toEqual(['api', 'api9', 'api10', 'web', 'Zoo']);
  expect(await named(at('code'), { hidden: true })).toContain('.cache');
  expect(await named(at('code', 'api9'))).toEqual([]);
});

test('a folder with a `.git` in it, folder or file, is marked', async () => {
  const answer = await look(at('code'));
  const marked = answer.kind === 'folders' && answer.folders.filter(({ isRepository }) => isRepository);
  expect(marked).toEqual([
    { name: 'api', isRepository: true },
    { name: 'web', isRepository: true },
  ]);
});

test('without a path it is the allowlist, as it was written, as far as it is there', async () => {
  const directories = [at('code', 'web') + path.sep, at('gone'), at('elsewhere')];
  expect(await look(null, { directories })).toEqual({
    ...{ kind: 'folders', path: null, parent: null, truncated: false },
    folders: [
      { name: at('code', 'web') + path.sep, isRepository: true },
      { name: at('elsewhere'), isRepository: false },
    ],
  });
  expect(await named(null, { directories: [] })).toEqual([]);
});

test('the way up ends where the allowlist does', async () => {
  expect(await look(at('code', 'api') + path.sep)).toMatchObject({
    path: at('code', 'api'),
    parent: at('code'),
  });
  expect(await look(at('code'))).toMatchObject({ path: at('code'), parent: null });
});

test('what is outside is refused, by whatever way it is asked for', async () => {
  for (const folder of [
    ...[root, path.parse(root).root, at('elsewhere'), at('elsewhere', 'gone'), at('code-evil')],
    ...[`${at('code')}${path.sep}..`, `${at('code', 'api')}${path.sep}..${path.sep}..${path.sep}elsewhere`],
    onPosix ? 'C:\\Users' : '/home',
    ...['\\\\server\\share\\code', '//server/share/code', '\\\\?\\C:\\Windows', '\\\\.\\PhysicalDrive0'],
  ])
    expect(await named(folder), folder).toBe('not_allowed');
});

test('a way with `..` that stays inside is answered with where it leads', async () => {
  const answer = await look(`${at('code', 'web')}${path.sep}..${path.sep}api`);
  expect(answer).toMatchObject({ path: at('code', 'api'), parent: at('code') });
});

test('a file, what is gone, and what is no path of a system are not found', async () => {
  expect(await named(at('code', 'notes.txt'))).toBe('not_found');
  expect(await named(at('code', 'gone'))).toBe('not_found');
  expect(await named(at('code', 'x'.repeat(300)))).toBe('not_found');
});

test.runIf(hasJunctions)(
  'a link that leads out is neither listed nor looked into; one that stays inside is',
  async () => {
    await link(at('elsewhere'), at('code', 'door'));
    await link(at('code', 'api'), at('code', 'current'));
    await link(at('code', 'gone'), at('code', 'nowhere'));
    await link(at('code', 'loop'), at('code', 'loop'));
    expect(await named(at('code'))).toEqual(['api', 'api9', 'api10', 'current', 'web', 'Zoo']);
    expect(await named(at('code', 'door'))).toBe('not_allowed');
    expect(await named(at('code', 'door', 'secret'))).toBe('not_allowed');
    expect(await look(at('code', 'current'))).toMatchObject({
      path: at('code', 'current'),
      parent: at('code'),
    });
  },
);

test.runIf(hasJunctions)('a link from outside that leads in is called by where it leads', async () => {
  await link(at('code'), at('short'));
  expect(await look(at('short', 'api'))).toMatchObject({ path: at('code', 'api'), parent: at('code') });
  const directories = [at('short')];
  expect(await look(at('short', 'api'), { directories })).toMatchObject({
    path: at('short', 'api'),
    parent: at('short'),
  });
});

test.runIf(onPosix)('pipes and names that are no text are left out, and are not waited for', async () => {
  execFileSync('mkfifo', [at('code', 'pipe')]);
  await mkdir(Buffer.concat([Buffer.from(`${at('code')}/bad`), Buffer.from([0xff])]));
  await mkdir(at('code', 'line\nbreak'));
  expect(await named(at('code'))).toEqual(['api', 'api9', 'api10', 'line\nbreak', 'web', 'Zoo']);
  expect(await named(at('code', 'pipe'))).toBe('not_found');
});

test.runIf(onPosix && process.getuid?.() !== 0)(
  'a folder that its user may not read is told of as that',
  async () => {
    await chmod(at('code', 'api'), 0o111);
    expect(await named(at('code', 'api'))).toBe('unreadable');
    await chmod(at('code', 'api'), 0o755);
  },
);

test.each([
  ['EACCES', 'unreadable'],
  ['EPERM', 'unreadable'],
  ['EIO', 'unreadable'],
  ['ENOENT', 'not_found'],
  ['ENOTDIR', 'not_found'],
])('what the system calls %s is told as %s', (code, told) => {
  expect(refusalOf(Object.assign(new Error('no'), { code }), '/code')).toMatchObject({ code: told });
});

test('of a thousand folders the first five hundred are named, and that there are more', async () => {
  await mkdir(at('many'));
  const names = Array.from({ length: 1_000 }, (_, nth) => `f${nth}`);
  for (const name of names) await mkdir(at('many', name));
  const answer = await look(at('many'), { directories: [at('many')] });
  expect(answer).toMatchObject({ truncated: true });
  expect(await named(at('many'), { directories: [at('many')] })).toEqual(names.slice(0, 500));
});

test.each([
  ['C:\\code', 'c:/Code/api/', 'C:\\Code\\api', 'c:\\Code\\api'],
  ['C:\\code', 'C:\\code\\', 'C:\\code', 'C:\\code'],
  ['C:\\', 'C:\\', 'C:\\', 'C:\\'],
  ['C:\\code', 'D:\\link\\api', 'C:\\code\\api', 'C:\\code\\api'],
  ['C:\\code', 'C:\\code\\link\\..\\x', 'C:\\code\\y\\x', 'C:\\code\\y\\x'],
  [
    '\\\\server\\share\\code',
    '\\\\SERVER\\share\\code\\api\\',
    '\\\\server\\share\\code\\api',
    '\\\\SERVER\\share\\code\\api',
  ],
])('on Windows, within %s, %s that is really %s is called %s', (directory, asked, real, called) => {
  expect(spelled(path.win32, [directory], asked, real)).toBe(called);
});

test('on Windows what the system hides by a dollar is hidden too', () => {
  expect(['$RECYCLE.BIN', '.git', 'api'].map((name) => isHidden(path.win32, name))).toEqual([
    true,
    true,
    false,
  ]);
  expect(isHidden(path.posix, '$HOME')).toBe(false);
});

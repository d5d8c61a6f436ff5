import { expect, test } from 'vitest';
import { examineGitBash } from './git-bash.js';

const found = (env: NodeJS.ProcessEnv, ...files: string[]) =>
  examineGitBash(env, (file) => files.map((each) => each.toLowerCase()).includes(file.toLowerCase()));

const usual = 'C:\\Program Files\\Git\\bin\\bash.exe';
const scoop = 'C:\\Users\\ann\\scoop\\apps\\git\\current';

test.each([
  ['where Git for Windows is installed', {}, usual],
  ['beside the git on PATH', { Path: `C:\\Windows;"${scoop}\\cmd"` }, `${scoop}\\bin\\bash.exe`],
  ['where CLAUDE_CODE_GIT_BASH_PATH says', { CLAUDE_CODE_GIT_BASH_PATH: 'D:\\bash.exe' }, 'D:\\bash.exe'],
])('Git Bash is found %s', (_where, env, bash) => {
  expect(found(env, bash, `${scoop}\\cmd\\git.exe`)).toEqual({ ok: true, what: `Git Bash at ${bash}` });
});

test.each([
  ['is not there', {}, [], /^Git Bash was not found/],
  // Its shim is no git that has a bash beside it.
  [
    'has a shim on PATH alone',
    { PATH: 'C:\\shims' },
    ['C:\\shims\\git.exe', `${scoop}\\bin\\bash.exe`],
    /^Git Bash was/,
  ],
  [
    'is named and gone',
    { CLAUDE_CODE_GIT_BASH_PATH: 'D:\\Git\\bin\\bash.exe' },
    [usual],
    /D:\\Git\\bin\\bash\.exe, which does not exist$/,
  ],
  [
    'is named by its window',
    { CLAUDE_CODE_GIT_BASH_PATH: 'D:\\Git\\git-bash.exe' },
    ['D:\\Git\\git-bash.exe'],
    /which is no bash\.exe$/,
  ],
])('a Git Bash that %s is a fault, with what to do', (_what, env, files, what) => {
  const finding = found(env, ...files);
  expect(finding).toMatchObject({ ok: false, what: expect.stringMatching(what) });
  expect(finding.mend).toMatch(/git-scm\.com.*CLAUDE_CODE_GIT_BASH_PATH/);
});

import { win32 } from 'node:path';
import { candidates } from '../agents/claude-code/locate.js';
import { broken, type Finding, fine } from './finding.js';

const places = ['C:\\Program Files\\Git\\bin\\bash.exe', 'C:\\Program Files (x86)\\Git\\bin\\bash.exe'];
const shells = ['bash.exe', 'sh.exe', 'bash', 'sh'];
const mend =
  'Install Git for Windows from https://git-scm.com/downloads/win, or set CLAUDE_CODE_GIT_BASH_PATH to its bash.exe.';

/**
 * Whether Claude Code finds the shell of its Bash tool on Windows: it looks at what CLAUDE_CODE_GIT_BASH_PATH names, then
 * where Git for Windows is installed, then beside the first `git` on PATH.
 * @param env what sessions see
 */
export function examineGitBash(env: NodeJS.ProcessEnv, exists: (file: string) => boolean): Finding {
  const named = Object.entries(env).find(([name]) => name.toUpperCase() === 'CLAUDE_CODE_GIT_BASH_PATH')?.[1];
  if (named) {
    if (!shells.includes(win32.basename(named).toLowerCase()))
      return broken(`CLAUDE_CODE_GIT_BASH_PATH names ${named}, which is no bash.exe`, mend);
    // An older Claude Code does not start then, whatever else is installed.
    if (!exists(named)) return broken(`CLAUDE_CODE_GIT_BASH_PATH names ${named}, which does not exist`, mend);
    return fine(`Git Bash at ${named}`);
  }
  const git = candidates(env, 'git', 'win32').find(exists);
  const beside = git === undefined ? [] : [win32.join(git, '..', '..', 'bin', 'bash.exe')];
  const found = [...places, ...beside].find(exists);
  return found === undefined
    ? broken('Git Bash was not found, without which Claude Code has no Bash tool', mend)
    : fine(`Git Bash at ${found}`);
}

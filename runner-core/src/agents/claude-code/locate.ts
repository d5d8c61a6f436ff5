import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

/** How to spawn Claude Code without a shell: `file` with `args` before the session's own arguments. */
export interface Executable {
  /** What was found, for people. */
  path: string;
  file: string;
  args: string[];
}

export type Located = { ok: true; executable: Executable } | { ok: false; message: string };

/**
 * Finds Claude Code: the path that was configured, else `AGENTFLEET_CLAUDE_PATH`, else the first `claude` on PATH.
 * Synchronous, because it is a handful of looks at the disk just before a spawn.
 */
export function locate(env: NodeJS.ProcessEnv, configured: string | undefined): Located {
  const chosen = configured ?? variable(env, 'AGENTFLEET_CLAUDE_PATH');
  const found = (chosen ? [chosen] : candidates(env, 'claude', process.platform)).find(isExecutable);
  if (!found) {
    const message = chosen
      ? `“${chosen}” is no executable file. Check AGENTFLEET_CLAUDE_PATH.`
      : 'No `claude` was found on PATH. Install Claude Code, or set AGENTFLEET_CLAUDE_PATH to its executable.';
    return { ok: false, message };
  }
  if (process.platform !== 'win32' || !/\.(cmd|bat)$/i.test(found)) {
    return { ok: true, executable: { path: found, file: found, args: [] } };
  }
  return throughShim(found, env);
}

/** Where a program may lie, in the order in which the platform looks. Relative entries of PATH are left out. */
export function candidates(env: NodeJS.ProcessEnv, name: string, platform: NodeJS.Platform): string[] {
  const flavour = platform === 'win32' ? path.win32 : path.posix;
  const directories = (variable(env, 'PATH', platform) ?? '')
    .split(flavour.delimiter)
    .map((entry) => (platform === 'win32' ? entry.replaceAll('"', '') : entry))
    .filter((entry) => flavour.isAbsolute(entry));
  const extensions = platform === 'win32' ? windowsExtensions(env) : [''];
  return directories.flatMap((directory) =>
    extensions.map((extension) => flavour.join(directory, name + extension)),
  );
}

/**
 * What an npm shim (`claude.cmd`) starts: the last quoted path below its own directory. Undefined where the file
 * is something else.
 */
export function shimTarget(shim: string, text: string): string | undefined {
  const targets = [...text.matchAll(/"%(?:~dp0|dp0%)\\?([^"%]+\.(?:exe|[cm]?js))"/gi)];
  const target = targets.map((match) => match[1] ?? '').findLast((each) => !/(^|\\)node\.exe$/i.test(each));
  return target ? path.win32.join(path.win32.dirname(shim), target) : undefined;
}

/** A batch file can only run in a shell, where arguments are not safe: what it starts is started instead. */
function throughShim(shim: string, env: NodeJS.ProcessEnv): Located {
  const target = shimTarget(shim, readFileSync(shim, 'utf8'));
  const unreadable = `“${shim}” cannot be started without a shell. Set AGENTFLEET_CLAUDE_PATH to claude.exe.`;
  if (!target || !isExecutable(target)) return { ok: false, message: unreadable };
  if (/\.exe$/i.test(target)) return { ok: true, executable: { path: shim, file: target, args: [] } };
  const beside = path.join(path.dirname(shim), 'node.exe');
  const node = [beside, ...candidates(env, 'node', 'win32')].find(
    (each) => /\.exe$/i.test(each) && isExecutable(each),
  );
  return node
    ? { ok: true, executable: { path: shim, file: node, args: [target] } }
    : { ok: false, message: unreadable };
}

/** The kinds we can start, in the order of PATHEXT. */
function windowsExtensions(env: NodeJS.ProcessEnv): string[] {
  return (variable(env, 'PATHEXT', 'win32') ?? '.EXE;.CMD')
    .split(';')
    .map((extension) => extension.trim().toLowerCase())
    .filter((extension) => ['.exe', '.cmd', '.bat'].includes(extension));
}

/** A variable by its name; Windows spells PATH as Path, and a copied environment no longer ignores case. */
function variable(
  env: NodeJS.ProcessEnv,
  name: string,
  platform: NodeJS.Platform = process.platform,
): string | undefined {
  if (platform !== 'win32') return env[name];
  return Object.entries(env).find(([each]) => each.toUpperCase() === name)?.[1];
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

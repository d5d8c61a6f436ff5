import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { isWhole } from './whole.js';

/** A real Claude Code to test with. */
export interface Cli {
  /** What specs that run on each are named by, e.g. `Claude Code 2.1.197`. */
  name: string;
  version: string;
  /** Absolute path. */
  executable: string;
}

/** The one that every spec about the fleet runs on, and that the product was first written against. */
export const pinned: Cli = installed('@anthropic-ai/claude-code') ?? missing('@anthropic-ai/claude-code');

/** The newest one that the lockfile knows; absent where npm could not install it. */
export const today: Cli | undefined = installed('claude-code-today');

/**
 * Specs about what Claude Code does run on each: `describe.each(clis)('$name', ({ executable }) => …)`. These are the pinned
 * one and, where the tests run whole, today's. With `TEST_CLAUDE_PATH` that executable is the only one.
 *
 * Newer ones refuse a bare `sleep 600` in their Bash tool: let a command that has to last be `tail -f /dev/null`.
 */
export const clis: Cli[] = process.env.TEST_CLAUDE_PATH
  ? [at(process.env.TEST_CLAUDE_PATH)]
  : [pinned, ...(isWhole && today ? [today] : [])];

/**
 * What lets root use the mode bypassPermissions. Nobody else needs it, so that the lane of an ordinary user proves the mode as
 * it is.
 */
export const forRoot: NodeJS.ProcessEnv = process.getuid?.() === 0 ? { IS_SANDBOX: '1' } : {};

function installed(packageName: string): Cli | undefined {
  const require = createRequire(import.meta.url);
  let manifest: string;
  try {
    manifest = require.resolve(`${packageName}/package.json`);
  } catch {
    return undefined;
  }
  const executable = join(dirname(manifest), 'bin', 'claude.exe');
  // Where the platform's own package is missing, a few words stand in place of the program.
  if ((statSync(executable, { throwIfNoEntry: false })?.size ?? 0) < 1_000_000) return undefined;
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  return { name: `Claude Code ${version}`, version, executable };
}

/** Asks it which version it is. */
export function at(executable: string): Cli {
  const said = execFileSync(executable, ['--version'], { encoding: 'utf8' });
  const version = /\d+\.\d+\.\d+\S*/.exec(said)?.[0] ?? said.trim();
  return { name: `Claude Code ${version}`, version, executable };
}

/** Specs that need it fail when they start it; the others can still run. */
function missing(packageName: string): Cli {
  const executable = join(import.meta.dirname, '../../node_modules', packageName, 'bin', 'claude.exe');
  return { name: 'Claude Code (not installed)', version: '0.0.0', executable };
}

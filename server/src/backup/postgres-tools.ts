import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '../config.js';

export type Tool = 'pg_dump' | 'pg_restore';

/** Most characters that are passed on of what a tool complains of. */
const mostWords = 2_000;

/** The major version of the program that PATH finds. Throws ConfigError where there is none. */
export async function newestMajor(tool: Tool): Promise<number> {
  let said = '';
  for await (const chunk of outputOf(tool, ['--version'])) said += chunk.toString('utf8');
  return Number(/(\d+)/.exec(said)?.[1] ?? 0);
}

/** Runs a tool that says nothing worth reading. Throws ConfigError when it fails. */
export async function runTool(tool: Tool, options: string[], url: string, file: string): Promise<void> {
  for await (const _ of outputOf(tool, options, url, file));
}

/**
 * What one of PostgreSQL's own programs writes to its standard output. The password is in a file of its own that only this user can
 * read, and that is gone when it has ended: neither its arguments nor its environment have it.
 * Throws ConfigError, with what it said, when it cannot be started or fails.
 */
export async function* outputOf(
  tool: Tool,
  options: string[],
  url?: string,
  file?: string,
): AsyncGenerator<Buffer> {
  const access = url === undefined ? undefined : accessTo(url);
  try {
    const child = spawn(
      tool,
      [...options, ...(access ? [`--dbname=${access.url}`] : []), ...(file === undefined ? [] : [file])],
      { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...access?.env }, windowsHide: true },
    );
    let complaint = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(-mostWords);
    });
    const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
    ended.catch(() => undefined);
    try {
      yield* child.stdout;
      const [code, signal] = await ended;
      if (code !== 0) {
        throw new ConfigError(
          `${tool} failed (${signal ?? code}): ${complaint.trim() || 'it did not say why'}`,
        );
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      throw new ConfigError(`${tool} was not found in PATH. Install the client programs of PostgreSQL.`);
    } finally {
      if (child.exitCode === null && child.signalCode === null) child.kill();
    }
  } finally {
    access?.remove();
  }
}

/** The address without its password, and how libpq finds that. */
function accessTo(address: string): { url: string; env: NodeJS.ProcessEnv; remove: () => void } {
  const url = new URL(address);
  const password = url.searchParams.get('password') ?? decodeURIComponent(url.password);
  url.password = '';
  // The second one is for node-postgres alone.
  for (const name of ['password', 'uselibpqcompat']) url.searchParams.delete(name);
  if (password === '') return { url: url.href, env: {}, remove: () => undefined };
  const directory = mkdtempSync(join(tmpdir(), 'agentfleet-'));
  const file = join(directory, 'pgpass');
  writeFileSync(file, `*:*:*:*:${password.replace(/[\\:]/g, '\\$&')}\n`, { mode: 0o600 });
  return {
    url: url.href,
    env: { PGPASSFILE: file, PGPASSWORD: undefined },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

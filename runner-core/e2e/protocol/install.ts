import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const repository = join(import.meta.dirname, '../../..');

/**
 * Brings Claude Code of that version from npm's registry, with nothing else, and keeps it.
 * @returns the path of its executable
 */
export async function install(version: string): Promise<string> {
  if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
    throw new Error(`${version} is no version such as 2.1.332.`);
  const name = `@anthropic-ai/claude-code-${platform()}`;
  const folder = join(repository, 'node_modules/.cache/claude-code', version);
  const executable = join(
    folder,
    'node_modules',
    name,
    process.platform === 'win32' ? 'claude.exe' : 'claude',
  );
  if (existsSync(executable)) return executable;
  const args = ['install', '--prefix', folder, '--no-save', '--ignore-scripts', `${name}@${version}`];
  // npm says where it is to what it runs; on Windows its own name cannot be started without a shell.
  const npm = process.env.npm_execpath;
  const [file, first] = npm ? [process.execPath, [npm]] : ['npm', []];
  const child = spawn(file, [...first, ...args], { cwd: repository, stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = await once(child, 'exit');
  if (code !== 0 || !existsSync(executable)) throw new Error(`npm could not install ${name}@${version}.`);
  return executable;
}

/** As the packages name it, e.g. `linux-x64` or `linux-arm64-musl`. */
function platform(): string {
  const name = `${process.platform}-${process.arch}`;
  if (process.platform !== 'linux') return name;
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime ? name : `${name}-musl`;
}

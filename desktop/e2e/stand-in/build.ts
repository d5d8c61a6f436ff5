import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

/** Builds the stand-in. @returns its executable @param folder must lie below the repository: packages are found from there */
export async function buildStandIn(folder: string): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const bundle = join(folder, 'stand-in.mjs');
  await build({
    entryPoints: { 'stand-in': join(import.meta.dirname, 'main.ts') },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    logLevel: 'warning',
  });
  if (process.platform === 'win32') {
    const command = join(folder, 'electron.cmd');
    writeFileSync(command, `@"${process.execPath}" "${bundle}" %*\r\n`);
    return command;
  }
  const script = join(folder, 'electron');
  writeFileSync(
    script,
    `#!/bin/sh\nexec '${process.execPath.replaceAll("'", "'\\''")}' '${bundle.replaceAll("'", "'\\''")}' "$@"\n`,
  );
  chmodSync(script, 0o755);
  return script;
}

import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const own = fileURLToPath(new URL('../../dist/processes/session-process.js', import.meta.url));

// Node makes those below 16 its own when it starts; Electron, and a supervisor with higher ones, leave them to children.
test.skipIf(process.platform !== 'linux')(
  'a session inherits its three streams, no other descriptor of the runner, and its arguments as they were',
  () => {
    const file = openSync('/dev/zero', 'r');
    const home = mkdtempSync(join(tmpdir(), 'agentfleet-home-'));
    writeFileSync(join(home, '.bashrc'), 'echo "the user’s file was read" >&2');
    const list = 'for each in /proc/self/fd/*; do readlink $each; done; echo "$1,$2"';
    const code = `
      const { spawnSession } = await import(${JSON.stringify(own)});
      const env = { ...process.env, BASH_ENV: '/dev/stderr', HOME: ${JSON.stringify(home)}, SHLVL: '0' };
      const options = { cwd: '/', env };
      const args = ['-c', ${JSON.stringify(list)}, 'sh', 'a b', '$x'];
      const child = spawnSession('/bin/sh', args, options, 'clrmarker001');
      child.stdout.pipe(process.stdout);
      child.stderr.pipe(process.stderr);`;
    const none = Array.from({ length: 40 }, () => 'ignore' as const);
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
      stdio: ['ignore', 'pipe', 'pipe', ...none, file, file, file],
      encoding: 'utf8',
    });
    closeSync(file);
    rmSync(home, { recursive: true });
    expect(stderr).toBe('');
    const lines = stdout.trim().split('\n');
    expect(lines.filter((line) => line === '/dev/zero')).toEqual([]);
    expect(lines.at(-1)).toBe('a b,$x');
  },
);

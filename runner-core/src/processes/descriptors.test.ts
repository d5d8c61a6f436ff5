import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const own = fileURLToPath(new URL('../../dist/processes/session-process.js', import.meta.url));

// Node makes those below 16 its own when it starts; Electron, and a supervisor with higher ones, leave them to children.
test.skipIf(process.platform !== 'linux')(
  'a session inherits its three streams, no other descriptor of the runner, and its arguments as they were',
  () => {
    const file = openSync('/dev/zero', 'r');
    const list = 'for each in /proc/self/fd/*; do readlink $each; done; echo "$1,$2"';
    const code = `
      const { spawnSession } = await import(${JSON.stringify(own)});
      const options = { cwd: '/', env: { ...process.env, BASH_ENV: '/dev/stderr' } };
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
    expect(stderr).toBe('');
    const lines = stdout.trim().split('\n');
    expect(lines.filter((line) => line === '/dev/zero')).toEqual([]);
    expect(lines.at(-1)).toBe('a b,$x');
  },
);

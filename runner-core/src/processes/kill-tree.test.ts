import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { killTree } from './kill-tree.js';
import { markerVariable } from './marker.js';
import { posix } from './posix.js';
import { spawnSession } from './session-process.js';

/** A zombie counts as ended: where nothing reaps orphans, a container say, it keeps its pid. */
async function isAlive(pid: number): Promise<boolean> {
  if (process.platform !== 'win32') return (await posix.listProcesses()).some((entry) => entry.pid === pid);
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** A process that starts a child, says the child's pid and then waits or, where it `leaves`, exits. */
async function aFamily(marker: string, leaves: boolean) {
  const grandchild = 'setInterval(() => {}, 1000)';
  const child = `
    const { spawn } = require('node:child_process');
    const made = spawn(process.execPath, ['-e', ${JSON.stringify(grandchild)}], { detached: true, stdio: 'ignore' });
    made.unref();
    process.stdout.write(String(made.pid), () => { ${leaves ? 'process.exit()' : 'setInterval(() => {}, 1000)'} });`;
  const parent = spawn(process.execPath, ['-e', child], {
    env: { ...process.env, [markerVariable]: marker },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(parent, 'exit');
  const [pid] = await once(parent.stdout, 'data');
  return { parent, exited, grandchild: Number(String(pid)) };
}

test('a tree ends with its detached descendants', async () => {
  const { parent, exited, grandchild } = await aFamily('clrtree', false);
  await killTree(parent.pid ?? null, 'clrtree');
  await exited;
  expect(await isAlive(grandchild)).toBe(false);
});

// Windows offers no way to read another process's environment, so nothing is promised there.
test.runIf(process.platform !== 'win32')(
  'an orphan is found by its marker; another run’s is left alone',
  async () => {
    const mine = await aFamily('clrmine', true);
    const other = await aFamily('clrmine2', true);
    await Promise.all([mine.exited, other.exited]);
    await killTree(null, 'clrmine');
    expect(await isAlive(other.grandchild)).toBe(true);
    await killTree(null, 'clrmine2');
    expect(await isAlive(mine.grandchild)).toBe(false);
    expect(await isAlive(other.grandchild)).toBe(false);
  },
);

// Only Linux has a mark that stays: the others promise nothing here, and docs/security.md says so.
test.runIf(process.platform === 'linux')(
  'what leaves its parent, its session and its environment behind at once is found all the same',
  async () => {
    const leave = 'env -i setsid sh -c "sleep 600 & echo \\$!"';
    const env = { PATH: process.env.PATH, [markerVariable]: 'clrleaves' };
    const options = { cwd: '/', env };
    const child = spawnSession('/bin/sh', ['-c', leave], options, 'clrleaves');
    const other = spawnSession('/bin/sh', ['-c', leave], options, 'clrstays');
    const [[left], [stays]] = await Promise.all([once(child.stdout, 'data'), once(other.stdout, 'data')]);
    const pid = Number(String(left));
    expect(await isAlive(pid)).toBe(true);
    expect(await posix.listMarked('clrleaves')).toContain(pid);
    await killTree(null, 'clrleaves');
    expect(await isAlive(pid)).toBe(false);
    expect(await isAlive(Number(String(stays)))).toBe(true);
    await killTree(null, 'clrstays');
  },
);

test('nothing to kill is fine', async () => {
  await killTree(null, 'clrnothing');
});

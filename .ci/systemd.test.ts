import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const unit = join(import.meta.dirname, '../docs/systemd/agentfleet-runner.service');
const guide = readFileSync(join(import.meta.dirname, '../docs/security.md'), 'utf8');

test('the unit for a user of its own has its key in a file of root’s that the guide makes, and runs what the guide fetches', () => {
  const text = readFileSync(unit, 'utf8');
  const value = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(text)?.[1] ?? '';
  expect(text).not.toMatch(/^Environment=.*KEY/m);
  expect(guide).toContain(
    `useradd --system --home-dir ${value('WorkingDirectory')} --shell /usr/sbin/nologin ${value('User')}`,
  );
  expect(guide).toContain(`(umask 077; cat > ${value('EnvironmentFile')} <<'END'`);
  expect(guide).toContain('install -d -m 700 /etc/agentfleet');
  expect(guide).toContain(
    `curl -fo ${value('ExecStart').split(' ').at(-1)} https://your-host/agentfleet-runner.mjs`,
  );
});

const has = (program: string) => {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

test.skipIf(!has('systemd-analyze'))('systemd takes the unit as it stands, without a word', () => {
  const folder = mkdtempSync(join(tmpdir(), 'unit-'));
  try {
    const copy = join(folder, 'agentfleet-runner.service');
    copyFileSync(unit, copy);
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', copy], { encoding: 'utf8' });
    expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: '' });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

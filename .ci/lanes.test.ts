import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const lanes = join(import.meta.dirname, 'lanes');

/** As somebody who is not root, where that can be. */
function asNobody(lane: string) {
  const file = join(lanes, lane);
  const become = process.getuid?.() === 0 ? ['--reuid=65534', '--regid=65534', '--clear-groups', file] : [];
  const [command = file, ...args] = become.length > 0 ? ['setpriv', ...become] : [file];
  return spawnSync(command, args, { encoding: 'utf8', timeout: 30_000 });
}

test.skipIf(process.platform !== 'linux')(
  'the lane of Windows says why it cannot run where nobody is root',
  () => {
    const { status, stdout } = asNobody('windows');
    expect(stdout).toMatch(/^lane windows: SKIPPED, .+\n$/);
    expect(status).toBe(0);
  },
);

test('every lane is a script that a shell can read', () => {
  for (const lane of readdirSync(lanes)) {
    expect(spawnSync('bash', ['-n', join(lanes, lane)]).status, lane).toBe(0);
  }
});

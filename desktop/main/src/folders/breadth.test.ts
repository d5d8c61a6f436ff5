import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { breadthOf } from './breadth.js';

test('a folder says what a session could take there or allow itself, by whatever way it leads there', () => {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'agentfleet-breadth-')));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const own = [join(home, '.config', 'AgentFleet'), join(home, '.agentfleet', 'runner')];
  const code = join(home, 'code');
  for (const folder of [code, join(home, '.config', 'AgentFleet', 'logs'), join(home, '.ssh')])
    mkdirSync(folder, { recursive: true });
  symlinkSync(join(home, '.config'), join(code, 'dots'));
  const linked = join(home, 'linked');
  symlinkSync(home, linked);
  const says = (folder: string) => breadthOf(folder, { home: linked, own });

  for (const folder of [
    '.config',
    '.config/AgentFleet',
    '.config/AgentFleet/logs',
    '.agentfleet',
    'code/dots',
  ])
    expect(says(join(home, folder)), folder).toMatch(/^AgentFleet keeps its own settings/);
  expect(says(join(linked, '.agentfleet', 'runner'))).toMatch(/^AgentFleet keeps its own settings/);
  expect(says(join(home, '.claude'))).toMatch(/^Claude Code keeps its own settings/);
  expect(says(join(linked, '.ssh'))).toBe('Your keys lie there.');
  expect(says(linked)).toMatch(/your whole home/);
  expect(says(tmpdir())).toMatch(/those of others here|everything/);
  for (const folder of ['code', '.config2', '.sshd', 'code/.claude'])
    expect(says(join(home, folder)), folder).toBeUndefined();
});

import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject } from 'vitest';
import { claude } from '../../../runner-core/e2e/fleet.js';
import { extended } from './test.js';

const onLinux = extended.skipIf(process.platform !== 'linux' || inject('lane') === null);

onLinux(
  'a session starts with its three streams, the environment as it was, and what the login shell sets; read again it is news',
  async ({ fleet, aComputer, connected }) => {
    const computer = aComputer();
    const told = join(computer.home, 'told');
    const profile = join(computer.home, '.profile-of-mine');
    const write = (name: string, text: string) => {
      const file = join(computer.home, name);
      writeFileSync(file, text);
      chmodSync(file, 0o755);
      return file;
    };
    // The real Claude Code, after a look at what it was started with.
    const looked = write(
      'claude',
      `#!/bin/sh\n/bin/sh -c 'ls -l "/proc/$PPID/fd" > "$0"; env >> "$0"' '${told}'\nexec '${claude}' "$@"\n`,
    );
    const shell = write('shell', `#!/bin/sh\n. '${profile}'\nfor run; do :; done\neval "$run"\n`);
    writeFileSync(profile, 'export NVM_DIR=/opt/nvm-one');
    const { app } = await connected({
      computer,
      env: {
        AGENTFLEET_CLAUDE_PATH: looked,
        SHELL: shell,
        XDG_CURRENT_DESKTOP: 'KDE',
        NODE_NO_WARNINGS: '1',
      },
    });
    const session = async () => {
      const run = await fleet.launch({ cwd: computer.code, prompt: 'one' });
      await fleet.ended(run.id);
      return readFileSync(told, 'utf8');
    };
    const first = await session();
    const descriptors = [...first.matchAll(/ (\d+) -> (.*)$/gm)].map(
      ([, number, place]) => `${number} ${place}`,
    );
    // The shell that looks has its own script open.
    expect(descriptors.filter((each) => !/^[012] /.test(each) && !each.endsWith('/claude'))).toEqual([]);
    expect(first).toMatch(/^NVM_DIR=\/opt\/nvm-one$/m);
    expect(first).toMatch(/^XDG_CURRENT_DESKTOP=KDE$/m);
    expect(first).toMatch(/^NODE_NO_WARNINGS=1$/m);
    expect(first).not.toMatch(/^(GDK_BACKEND|NO_AT_BRIDGE|CHROME_DESKTOP|ORIGINAL_XDG_CURRENT_DESKTOP)=/m);

    const page = await app.page();
    await page.getByRole('link', { name: 'This computer', exact: true }).click();
    const environment = page.getByRole('region', { name: 'Environment of sessions' });
    await environment.getByText(shell).waitFor();
    writeFileSync(profile, 'export NVM_DIR=/opt/nvm-two BUN_INSTALL=/opt/bun');
    await environment.getByRole('button', { name: 'Read again' }).click();
    await environment.getByText('What sessions see').click();
    await environment.getByText(/BUN_INSTALL/).waitFor();
    expect(await session()).toMatch(/^NVM_DIR=\/opt\/nvm-two$/m);
  },
);

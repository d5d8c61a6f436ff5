import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Launch, start } from './launch.js';
import { thisMachine } from './machine.js';
import { Places } from './places.js';

let root = '';
let code = '';
let started: Launch[] = [];
let shown: string[] = [];

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'agentfleet-places-')));
  code = join(root, 'code');
  started = [];
  shown = [];
  mkdirSync(join(code, 'src'), { recursive: true });
  writeFileSync(join(code, 'run.sh'), '');
  writeFileSync(join(root, 'secret'), '');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const places = (env: NodeJS.ProcessEnv = {}) =>
  new Places({
    machine: async () => thisMachine({ PATH: join(root, 'bin'), ...env }, root),
    directories: () => [code],
    claudePath: () => '',
    start: async (launch) => void started.push(launch),
    openFolder: (path) => void shown.push(`open ${path}`),
    pointAt: (path) => void shown.push(`point ${path}`),
  });

test('a folder is opened in the file manager, and a file only pointed at', async () => {
  await places().open({ path: join(code, 'src'), how: 'reveal' });
  await places().open({ path: join(code, 'run.sh'), how: 'reveal' });
  expect(shown).toEqual([`open ${join(code, 'src')}`, `point ${join(code, 'run.sh')}`]);
});

test.skipIf(process.platform === 'win32')(
  'what leads out of the allowed folders is refused, by whatever way',
  async () => {
    symlinkSync(root, join(code, 'door'));
    symlinkSync(join(root, 'secret'), join(code, 'window'));
    const ways = [
      root,
      join(root, 'secret'),
      join(code, '..', 'secret'),
      join(code, 'door'),
      join(code, 'door', 'secret'),
    ];
    for (const path of [...ways, join(code, 'window'), 'code', '', '~', join(root, 'not-there')]) {
      for (const how of ['reveal', 'terminal', 'editor'] as const) {
        await expect(places().open({ path, how }), path).rejects.toThrow(/is not in one of the folders/);
      }
    }
    expect([...started, ...shown]).toEqual([]);
  },
);

test('a file that is gone is said to be gone, where one may look', async () => {
  await expect(places().open({ path: join(code, 'gone'), how: 'editor' })).rejects.toThrow(
    'is not there any more',
  );
});

/** A terminal of the user's that says where it was started, with how many words, and in which environment. */
function aTerminal(): { PATH: string; said: (what: 'where' | 'words' | 'env') => string } {
  const bin = join(root, 'bin');
  mkdirSync(bin);
  const file = join(bin, 'xterm');
  const lines = [`pwd > '${root}/where'`, `env > '${root}/env'`, `printf '%s' "$#" > '${root}/words'`];
  writeFileSync(file, ['#!/bin/sh', ...lines].join('\n'));
  chmodSync(file, 0o755);
  const said = (what: string) => {
    const path = join(root, what);
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  };
  return { PATH: [bin, process.env.PATH].join(delimiter), said };
}

test
  .runIf(process.platform === 'linux')
  .each([
    '$(touch evil); `touch evil` "quoted" & more',
    '-e touch evil',
    "it's; touch evil #",
    ' spaces  and\ttabs ',
    '%PATH% ^& touch evil | > evil',
    'two\nlines',
  ])('a terminal really starts in a folder of any name, and no shell reads it: %j', async (name) => {
  const terminal = aTerminal();
  const odd = join(code, name);
  mkdirSync(odd);
  await places().open({ path: odd, how: 'terminal' });
  await start(started[0] as Launch, { PATH: terminal.PATH });
  await expect.poll(() => terminal.said('words')).toBe('0');
  expect(terminal.said('where')).toBe(`${odd}\n`);
  expect(existsSync(join(odd, 'evil'))).toBe(false);
});

test.runIf(process.platform === 'linux')(
  'the user’s programs see the environment of the user, and nothing that is the app’s own',
  async () => {
    const terminal = aTerminal();
    await places().open({ path: code, how: 'terminal' });
    await start(started[0] as Launch, { PATH: terminal.PATH, NVM_DIR: '/nvm', AGENTFLEET_API_KEY: 'secret' });
    await expect.poll(() => terminal.said('words')).toBe('0');
    expect(terminal.said('env')).toContain('NVM_DIR=/nvm');
    expect(terminal.said('env')).not.toMatch(/AGENTFLEET|secret/);
  },
);

test.runIf(process.platform === 'linux')(
  'what is neither a folder nor a file is not given to an editor, which would wait for it',
  async () => {
    const server = createServer().listen(join(code, 'socket'));
    await once(server, 'listening');
    await expect(places().open({ path: join(code, 'socket'), how: 'editor' })).rejects.toThrow(
      'neither a folder nor a file',
    );
    server.close();
  },
);

test('a program that cannot be started is an error, not a crash', async () => {
  await expect(start({ file: join(root, 'nothing'), args: [], cwd: root }, {})).rejects.toThrow(/ENOENT/);
});

test.runIf(process.platform === 'linux')(
  'Claude Code is run in a terminal; without either that is said',
  async () => {
    const bin = join(root, 'bin');
    mkdirSync(bin);
    await expect(places().runClaude(root)).rejects.toThrow(/claude/);
    for (const name of ['claude', 'foot']) {
      if (name === 'foot') await expect(places().runClaude(root)).rejects.toThrow('No terminal');
      writeFileSync(join(bin, name), '#!/bin/sh\n');
      chmodSync(join(bin, name), 0o755);
    }
    await places().runClaude(root);
    expect(started).toEqual([{ file: join(bin, 'foot'), args: [join(bin, 'claude')], cwd: root }]);
  },
);

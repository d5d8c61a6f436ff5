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

test.runIf(process.platform === 'linux')(
  'a terminal really starts in a folder of any name, and no name is read by a shell',
  async () => {
    const bin = join(root, 'bin');
    mkdirSync(bin);
    writeFileSync(
      join(bin, 'xterm'),
      `#!/bin/sh\npwd > '${join(root, 'where')}'\nprintf '%s' "$#" > '${join(root, 'words')}'\n`,
    );
    chmodSync(join(bin, 'xterm'), 0o755);
    const odd = join(code, '$(touch evil); `touch evil` "quoted" & more');
    mkdirSync(odd);
    await places().open({ path: odd, how: 'terminal' });
    await start(started[0] as Launch, { PATH: [bin, process.env.PATH].join(delimiter) });
    await expect
      .poll(() => existsSync(join(root, 'words')) && readFileSync(join(root, 'words'), 'utf8'))
      .toBe('0');
    expect(readFileSync(join(root, 'where'), 'utf8').trim()).toBe(odd);
    expect(existsSync(join(odd, 'evil'))).toBe(false);
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

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { launchdLines } from './launchd.js';
import { type Machine, noKey } from './machine.js';
import { systemdLines } from './systemd.js';
import { bashLines, powerShellLines } from './terminal.js';
import { type Way, ways } from './ways.js';
import { windowsServiceLines } from './windows-service.js';

const key = `af_live_${'a'.repeat(38)}`;
const plain: Machine = {
  url: 'https://fleet.example',
  key,
  name: 'home-desktop',
  directories: ['/home/ann/code', '~/work'],
};
/** Nothing of it may be taken for anything but text. */
const nasty: Machine = {
  ...plain,
  name: `Ann's "box" $HOME \`id\` $(id) \\ & <b> !x`,
  directories: [`/srv/it's $5 & <more>`, '/srv/b "q"'],
};

/** The home of a machine, and of commands that do nothing in the place of those that would change the real one. */
const home = mkdtempSync(join(tmpdir(), 'agentfleet-connect-'));
const bin = join(home, 'bin');
mkdirSync(bin);
for (const command of ['curl', 'systemctl', 'loginctl', 'journalctl', 'launchctl', 'tail', 'node']) {
  // No old runner is there to be waited for.
  writeFileSync(join(bin, command), '#!/bin/sh\n[ "$1" != print ]\n');
  chmodSync(join(bin, command), 0o755);
}
afterAll(() => rmSync(home, { recursive: true }));

/** What a POSIX shell makes of the lines. @returns what it printed */
function inShell(lines: string, then = ''): string {
  const env = { HOME: home, PATH: `${bin}:${process.env.PATH}` };
  return execFileSync('bash', ['--norc', '-euc', `${lines}\n${then}`], { env, encoding: 'utf8' });
}

test.each(Object.keys(ways) as Way[])('%s: no key stands in the lines until one was made', (way) => {
  const without = ways[way].lines({ ...plain, key: undefined });
  expect(without).toContain(noKey);
  expect(without).not.toMatch(/af_live_\w/);
  expect(ways[way].lines(plain)).toContain(key);
});

test.each(Object.keys(ways) as Way[])('%s: a line break in a name makes no line of its own', (way) => {
  const made = ways[way].lines({ ...plain, name: 'a\nrm -rf /' });
  expect(made.split('\n').filter((line) => line.startsWith('rm'))).toEqual([]);
});

test('the lines for a terminal are those of the documentation', () => {
  expect(bashLines(plain)).toBe(
    [
      'curl -fO "https://fleet.example/agentfleet-runner.mjs"',
      'export AGENTFLEET_URL="https://fleet.example"',
      `export AGENTFLEET_API_KEY="${key}"`,
      'export ALLOWED_DIRS="/home/ann/code:~/work"',
      'export RUNNER_NAME="home-desktop"',
      'node agentfleet-runner.mjs doctor && node agentfleet-runner.mjs',
    ].join('\n'),
  );
});

describe.skipIf(process.platform === 'win32')('in a POSIX shell', () => {
  test('a terminal sets exactly what was filled in', () => {
    const print = 'printf "%s\\n" "$RUNNER_NAME" "$ALLOWED_DIRS"';
    expect(inShell(bashLines(nasty), print)).toBe(`${nasty.name}\n${nasty.directories.join(':')}\n`);
  });

  test('systemd gets the key in a file that only the user can read, and a unit without it', () => {
    inShell(systemdLines(plain));
    const file = join(home, '.agentfleet/runner.env');
    expect(readFileSync(file, 'utf8')).toBe(
      `AGENTFLEET_URL="https://fleet.example"\nAGENTFLEET_API_KEY="${key}"\nALLOWED_DIRS="/home/ann/code:~/work"\nRUNNER_NAME="home-desktop"\n`,
    );
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const unit = readFileSync(join(home, '.config/systemd/user/agentfleet-runner.service'), 'utf8');
    expect(unit).not.toContain('af_live_');
    expect(unit).toContain(`ExecStart="${bin}/node" "%h/.agentfleet/agentfleet-runner.mjs"`);
    expect(unit).toContain(`Environment="PATH=${bin}:`);
    expect(unit).toContain('Restart=on-failure\nRestartSec=5\nRestartPreventExitStatus=2\n');
  });

  test('systemd reads back exactly what was filled in', () => {
    inShell(systemdLines(nasty));
    const file = readFileSync(join(home, '.agentfleet/runner.env'), 'utf8');
    const values = file
      .trim()
      .split('\n')
      .map((line) => line.replace(/^\w+="(.*)"$/, '$1').replace(/\\(["\\$`])/g, '$1'));
    expect(values.slice(2)).toEqual([nasty.directories.join(':'), nasty.name]);
  });

  test('launchd gets a property list with what was filled in, and the key in a file beside it', () => {
    inShell(launchdLines(nasty));
    const plist = readFileSync(join(home, 'Library/LaunchAgents/agentfleet.runner.plist'), 'utf8');
    const value = (name: string) =>
      unescapeXml(new RegExp(`<key>${name}</key><string>([^<]*)</string>`).exec(plist)?.[1]);
    expect(value('RUNNER_NAME')).toBe(nasty.name);
    expect(value('ALLOWED_DIRS')).toBe(nasty.directories.join(':'));
    expect(value('AGENTFLEET_API_KEY_FILE')).toBe(join(home, '.agentfleet/runner.key'));
    expect(plist).toContain(`<string>${bin}/node</string>`);
    expect(plist).not.toContain('af_live_');
    const file = join(home, '.agentfleet/runner.key');
    expect(readFileSync(file, 'utf8')).toBe(key);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});

describe.skipIf(process.platform === 'win32')('launchd', () => {
  /** A Mac whose old runner is still there for two looks. @returns what launchctl was told, in order */
  function onAMac(odd: { home: string; path: string }): { told: string[]; plist: string } {
    mkdirSync(odd.home, { recursive: true });
    const log = join(odd.home, 'told');
    const tools = join(odd.home, 'tools');
    mkdirSync(tools);
    const asked = join(odd.home, 'asked');
    const command = (name: string, body: string) =>
      writeFileSync(join(tools, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    command(
      'launchctl',
      `printf '%s\\n' "$1" >> '${log}'; [ "$1" = print ] || exit 0; echo x >> '${asked}'; [ $(wc -l < '${asked}') -le 2 ]`,
    );
    for (const name of ['sleep', 'tail', 'curl']) command(name, 'exit 0');
    const env = { HOME: odd.home, PATH: `${tools}:${odd.path}:${process.env.PATH}` };
    execFileSync('bash', ['--norc', '-uc', launchdLines(plain)], { env });
    return {
      told: readFileSync(log, 'utf8').trim().split('\n'),
      plist: readFileSync(join(odd.home, 'Library/LaunchAgents/agentfleet.runner.plist'), 'utf8'),
    };
  }

  test('a new agent waits until the old one is gone', () => {
    const { told } = onAMac({ home: join(home, 'mac'), path: '/opt/x' });
    expect(told).toEqual(['bootout', 'print', 'print', 'print', 'bootstrap']);
  });

  test('what the Mac itself fills in is escaped too', () => {
    const odd = join(home, 'Tom & <Ann>');
    const { plist } = onAMac({ home: odd, path: '/opt/a&b' });
    const strings = [...plist.matchAll(/<string>(.*)<\/string>/g)].map(([, text]) => text ?? '');
    expect(strings.filter((text) => /&(?!(amp|lt|gt|quot|apos);)|</.test(text))).toEqual([]);
    const read = strings.map(unescapeXml);
    expect(read).toContain(`${odd}/.agentfleet/agentfleet-runner.mjs`);
    expect(read).toContainEqual(expect.stringContaining(':/opt/a&b:'));
  });

  test('a runner whose setting is wrong is not started again for ever', () => {
    const { plist } = onAMac({ home: join(home, 'wrong'), path: '/opt/x' });
    expect(plist).toContain('<key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>');
    expect(plist).toContain('<key>AGENTFLEET_SERVICE</key><string>1</string>');
  });
});

test('PowerShell takes every value as text, typographic quotes too', () => {
  const made = powerShellLines({
    ...plain,
    name: 'Ann “$x” `n "q"',
    directories: ['C:\\Users\\ann\\code', 'D:\\work'],
  });
  expect(made).toContain('$env:RUNNER_NAME="Ann `“`$x`” ``n `"q`""');
  expect(made).toContain('$env:ALLOWED_DIRS="C:\\Users\\ann\\code;D:\\work"');
  expect(made.split('\n').at(-1)).toBe('node agentfleet-runner.mjs');
});

test('a Windows service has its values in XML, and its key in a file that only its user can read', () => {
  const made = windowsServiceLines({ ...plain, name: 'A & "B" $x', directories: ['C:\\code', 'D:\\work'] });
  expect(made).toContain('<env name="RUNNER_NAME" value="A &amp; &quot;B&quot; `$x"/>');
  expect(made).toContain('<env name="ALLOWED_DIRS" value="C:\\code;D:\\work"/>');
  expect(made).toContain('<env name="AGENTFLEET_SERVICE" value="1"/>');
  expect(made).toContain('<env name="AGENTFLEET_API_KEY_FILE" value="$dir\\runner.key"/>');
  expect(made.slice(made.indexOf('<service>'), made.indexOf('</service>'))).not.toContain('af_live_');
  // What was downloaded is looked at before it is started as a service.
  expect(made.indexOf('Get-FileHash')).toBeGreaterThan(made.indexOf('WinSW-x64.exe'));
  expect(made.indexOf('Get-FileHash')).toBeLessThan(made.indexOf('install /p'));
  // Of one here-string, whose end has to stand at the beginning of a line.
  expect(made.match(/^@"$/gm)).toHaveLength(1);
  expect(made.match(/^"@ /gm)).toHaveLength(1);
});

function unescapeXml(text = ''): string {
  const characters: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
  return text.replace(/&(\w+);/g, (_entity, name: string) => characters[name] ?? '');
}

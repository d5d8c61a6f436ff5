import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { formatApiKey } from '@agentfleet/contract';
import { expect, inject } from 'vitest';
import { until } from '../../../runner-core/e2e/fleet.js';
import { cert, key } from '../../../runner-core/e2e/untrusted-authority.js';
import type { Computer } from './computer.js';
import { buildAppFolder, builds } from './lane.js';
import { extended } from './test.js';

const desktop = dirname(createRequire(import.meta.url).resolve('@agentfleet/desktop/package.json'));
const lane = inject('lane');
/** A package that Playwright drives is one for tests, which takes every switch. */
const isPackedForTests = lane !== null && !lane.isStandIn && lane.folder === undefined;
const canPack = lane?.isStandIn === true || process.platform === 'linux';

/** Chromium's sandbox takes no root, who runs the tests in containers; the driver of the other specs adds this by itself. */
const unsandboxed = process.getuid?.() === 0 && !lane?.args.includes('--no-sandbox') ? ['--no-sandbox'] : [];

/** How the app is started as people have it: packed with its fuses; on the stand-in, from a folder of an archive's name. */
const withSealed = extended
  .extend('sealed', { scope: 'file' }, async ({ lane }): Promise<string[]> => {
    if (lane.isStandIn) {
      const folder = join(builds, 'sealed.asar');
      await buildAppFolder(folder, {});
      return [lane.executablePath, ...lane.args, folder];
    }
    const env = { ...process.env, ELECTRON_PATH: lane.executablePath };
    const made = [join(desktop, 'packaging/pack.mjs'), join(builds, 'as-shipped'), 'as-shipped'];
    const said = execFileSync(process.execPath, made, {
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return [said.trim(), ...lane.args, ...unsandboxed];
  })
  .extend('open', async ({ sealed, lane }, { onCleanup }) => {
    const started: ChildProcess[] = [];
    onCleanup(async () => {
      for (const app of started) {
        app.kill('SIGKILL');
        await until(() => app.exitCode !== null || app.signalCode !== null);
      }
    });
    /** Starts it with words of somebody's own. @returns what it has said so far on its streams, and its process */
    return (computer: Computer, words: string[], env: Record<string, string> = {}) => {
      const [executable = '', ...before] = sealed;
      const app = spawn(executable, [...before, ...words], {
        cwd: computer.home,
        env: { ...computer.env, ...(lane.bus && { DBUS_SESSION_BUS_ADDRESS: lane.bus }), ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      started.push(app);
      const told = { said: '', app };
      for (const stream of [app.stdout, app.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => {
          told.said += text;
        });
      }
      return told;
    };
  });
const test = withSealed.skipIf(lane === null || isPackedForTests || !canPack);
const onElectron = withSealed.skipIf(lane === null || lane.isStandIn || isPackedForTests || !canPack);

const refused = [
  ['--remote-debugging-port=0'],
  ['-remote-debugging-port=0'],
  ['agentfleet://runs/clraaaaaaaa1', '--remote-debugging-port=0'],
  ['--remote-debugging-pipe'],
  ['--inspect-brk=0'],
  ['--load-extension=/tmp'],
  ['--proxy-server=http://127.0.0.1:9'],
  ['--host-resolver-rules=MAP * 127.0.0.1'],
  ['--js-flags=--allow-natives-syntax'],
  ['--renderer-cmd-prefix=/bin/true'],
  ['--user-data-dir=elsewhere'],
  ['--require', './evil.js'],
];

test('the app as people have it starts with no switch that is not on its list, and says which one', {
  timeout: 600_000,
}, async ({ aComputer, open }) => {
  // The stand-in starts a browser each time; there it is about the way, not about the list.
  for (const words of lane?.isStandIn ? refused.slice(0, 2) : refused) {
    const computer = aComputer();
    const evidence = join(computer.home, 'ran');
    writeFileSync(
      join(computer.home, 'evil.js'),
      `require('fs').writeFileSync(${JSON.stringify(evidence)}, '')`,
    );
    const told = open(computer, words);
    const said = words.join(' ');
    await until(() => told.app.exitCode !== null || told.app.signalCode !== null);
    expect(told.app.exitCode, said).toBe(64);
    expect(told.said, said).toContain('AgentFleet was not started. It does not take "-');
    // The stand-in's browser, which the app does not start, has a port of its own.
    if (lane?.isStandIn === false) expect(told.said, said).not.toContain('listening on');
    expect(existsSync(join(computer.userData, 'logs')), said).toBe(false);
    expect(existsSync(evidence), said).toBe(false);
  }
});

test('what is on the list is taken', async ({ aComputer, open }) => {
  const computer = aComputer();
  open(computer, ['--hidden', '--disable-gpu', 'agentfleet://runs/clraaaaaaaa1']);
  await until(() => existsSync(join(computer.userData, 'logs', 'agentfleet.log')));
});

test('no variable makes the app trust a server that shows somebody else’s certificate', async ({
  aComputer,
  open,
}) => {
  const heard: string[] = [];
  let tried = 0;
  const server = createServer({ key, cert }, ({ url }, response) => {
    heard.push(String(url));
    response.end();
  });
  server.on('connection', () => {
    tried += 1;
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const computer = aComputer();
  const authority = join(computer.home, 'authority.pem');
  writeFileSync(authority, cert);
  computer.writeSettings({ server: `https://localhost:${port}`, directories: [computer.code] });
  open(computer, ['--hidden'], {
    AGENTFLEET_API_KEY: formatApiKey((size) => new Uint8Array(size)),
    NODE_TLS_REJECT_UNAUTHORIZED: '0',
    // The stand-in is a Node, which reads it before the app begins.
    ...(lane?.isStandIn === false && { NODE_EXTRA_CA_CERTS: authority }),
    SSL_CERT_FILE: authority,
  });
  await until(() => tried > 1);
  expect(heard).toEqual([]);
  server.close();
  server.closeAllConnections();
});

onElectron('no variable makes the app another program or loads code into it', async ({ aComputer, open }) => {
  const computer = aComputer();
  const evil = join(computer.home, 'evil.js');
  const evidence = join(computer.home, 'ran');
  const code = `require('fs').appendFileSync(${JSON.stringify(evidence)}, process.argv.join() + '\\n')`;
  writeFileSync(evil, code);
  for (const name of ['keytar', '@napi-rs/keyring', 'electron-updater']) {
    mkdirSync(join(computer.home, 'modules', name), { recursive: true });
    writeFileSync(join(computer.home, 'modules', name, 'index.js'), code);
  }
  const told = open(computer, [evil], {
    ELECTRON_RUN_AS_NODE: '1',
    NODE_OPTIONS: `--require=${evil} --inspect=0`,
    NODE_PATH: join(computer.home, 'modules'),
    NODE_INSPECT_RESUME_ON_START: '1',
    ELECTRON_NO_ASAR: '1',
  });
  await until(() => existsSync(join(computer.userData, 'logs', 'agentfleet.log')));
  // Node opens a debugger when it is sent this.
  told.app.kill('SIGUSR1');
  await until(() => /starts on/.test(computer.log()));
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(existsSync(evidence)).toBe(false);
  expect(told.said).not.toContain('listening on');
});

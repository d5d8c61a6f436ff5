import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatApiKey, type Run } from '@agentfleet/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { claude, end, Fleet } from './fleet.js';
import { killLocalRunner } from './local-runner.js';
import {
  type ModelServer,
  modelMessages,
  modelServerEnvironment,
  startModelServer,
  text,
  toolUse,
} from './model-server.js';
import { freePort, Program, until } from './program.js';

// A session that means harm, in the real Claude Code, reads whatever the system shows to its user of other processes.
const look = `{ cat ../../runner.env; for p in /proc/[0-9]*; do cat $p/environ $p/cmdline; echo; done; } 2>/dev/null | tr '\\0' '\\n' > seen.txt; env > env.txt`;

describe.skipIf(process.platform !== 'linux')('a session that looks for keys', () => {
  let model: ModelServer;
  let home: string;
  let daemon: ChildProcess | undefined;
  beforeAll(async () => {
    model = await startModelServer((request) =>
      modelMessages(request) === 0 ? [toolUse('Bash', { command: look })] : [text('done')],
    );
    home = await realpath(await mkdtemp(join(tmpdir(), 'agentfleet-hostile-')));
  });
  afterAll(async () => {
    await model?.close();
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  });

  const secrets = {
    METRICS_TOKEN: 'token-of-prometheus-1234',
    RUNNER_NAME: 'desk-of-the-test',
    MAX_CONCURRENT_RUNS: '3',
    LOST_GRACE_SEC: '901',
  };

  async function seenIn(directory: string) {
    const [everybody, own] = await Promise.all(
      ['seen.txt', 'env.txt'].map((name) => readFile(join(directory, name), 'utf8')),
    );
    return { everybody: everybody ?? '', own: own ?? '' };
  }

  test('finds the daemon’s in no environment and no command line, and nothing of AgentFleet’s in its own', {
    timeout: 180_000,
  }, async () => {
    const fleet = await Fleet.start(model, { daemon: false });
    try {
      await fleet.startDaemon({ ...secrets, IS_SANDBOX: '1', MY_OWN: 'mine', ALLOWED_ENV: 'MY_*' });
      const { id } = await fleet.launch({ permissionMode: 'bypassPermissions' });
      expect((await fleet.ended(id)).status).toBe('SUCCEEDED');
      const { everybody, own } = await seenIn(fleet.allowed);
      // It did look: the daemon itself is there, without its key.
      expect(everybody).toContain('RUNNER_NAME=desk-of-the-test');
      expect(everybody).not.toContain(fleet.key);
      expect(own).toContain('MY_OWN=mine');
      expect(own).toMatch(/^HOME=/m);
      expect(own).not.toMatch(/^(AGENTFLEET_|ALLOWED_|METRICS_|RUNNER_|LOST_|MAX_CONCURRENT)/m);
    } finally {
      await fleet.close();
    }
  });

  test('finds neither the server’s secrets nor its user’s key under the one command that starts both', {
    timeout: 180_000,
  }, async () => {
    const port = await freePort();
    const code = join(home, 'code');
    await mkdir(code);
    const template = process.env.TEST_EMBEDDED_TEMPLATE;
    if (template) cpSync(template, join(home, '.agentfleet', 'server'), { recursive: true });
    const ofUser = formatApiKey((count) => new Uint8Array(count).fill(9));
    const server = new Program('server/dist/start.js', [], home, {
      ...secrets,
      PORT: String(port),
      ALLOWED_DIRS: code,
      AGENTFLEET_CLAUDE_PATH: claude,
      AGENTFLEET_API_KEY: ofUser,
      IS_SANDBOX: '1',
      ...modelServerEnvironment(model.url, home),
    });
    try {
      await until(() => server.said.includes('Online as') || server.hasEnded);
      const key = /af_live_[0-9A-Za-z]{38}/.exec(server.said)?.[0] ?? '';
      const call = (path: string, init = {}) =>
        fetch(`http://127.0.0.1:${port}/api/v1${path}`, {
          ...init,
          headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        });
      const body = JSON.stringify({ prompt: 'go', cwd: code, permissionMode: 'bypassPermissions' });
      const { id } = (await (await call('/runs', { method: 'POST', body })).json()) as Run;
      const run = async () => (await (await call(`/runs/${id}`)).json()) as Run;
      await until(async () => (await run()).finishedAt !== null);
      const { everybody, own } = await seenIn(code);
      expect(everybody).toContain(`PORT=${port}`);
      for (const secret of [key, ofUser, secrets.METRICS_TOKEN]) expect(everybody).not.toContain(secret);
      expect(own).not.toMatch(/^(AGENTFLEET_|ALLOWED_|METRICS_|RUNNER_|LOST_|MAX_CONCURRENT|PORT=)/m);
    } finally {
      await server.end('SIGTERM');
      await killLocalRunner(join(home, '.agentfleet', 'server', 'local-runner'));
    }
  });

  // As docs/systemd/agentfleet-runner.service does it: root reads the file, and gives what is in it to another user's daemon.
  test.skipIf(process.getuid?.() !== 0)(
    'as a user of its own gets at neither root’s file with the key nor the environment that it was handed over in',
    { timeout: 180_000 },
    async () => {
      const uid = 64_001;
      const folder = await realpath(await mkdtemp(join(tmpdir(), 'agentfleet-user-')));
      const state = join(folder, 'state');
      const code = join(state, 'code');
      const file = join(folder, 'runner.env');
      await mkdir(code, { recursive: true });
      await Promise.all([chmod(folder, 0o755), chown(state, uid, uid), chown(code, uid, uid)]);
      const fleet = await Fleet.start(model, { daemon: false });
      await writeFile(file, `AGENTFLEET_API_KEY="${fleet.key}"\n`, { mode: 0o600 });
      const told = new Promise<number>((resolve) => {
        daemon = spawn(process.execPath, [join(import.meta.dirname, '../../runner/agentfleet-runner.mjs')], {
          uid,
          gid: uid,
          cwd: state,
          env: {
            PATH: process.env.PATH,
            AGENTFLEET_URL: fleet.url,
            AGENTFLEET_API_KEY: fleet.key,
            ALLOWED_DIRS: code,
            AGENTFLEET_CLAUDE_PATH: claude,
            ...modelServerEnvironment(model.url, state),
          },
          stdio: 'ignore',
        });
        daemon.once('exit', (code) => resolve(code ?? 0));
      });
      try {
        const { id } = await fleet.launch({ cwd: code, permissionMode: 'bypassPermissions' });
        const ended = await Promise.race([fleet.ended(id), told]);
        expect(ended).toMatchObject({ status: 'SUCCEEDED' });
        const { everybody } = await seenIn(code);
        expect(everybody).toContain(`ALLOWED_DIRS=${code}`);
        expect(everybody).not.toContain(fleet.key);
      } finally {
        await end(daemon, 'SIGKILL');
        await fleet.close();
        await rm(folder, { recursive: true, force: true, maxRetries: 5 });
      }
    },
  );
});

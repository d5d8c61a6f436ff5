import { mkdir, mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Run, RunWithLogs } from '@agentfleet/contract';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { claude } from './fleet.js';
import { killLocalRunner } from './local-runner.js';
import {
  gate,
  type ModelServer,
  modelMessages,
  modelServerEnvironment,
  startModelServer,
  text,
  toolUse,
} from './model-server.js';
import { freePort, until } from './program.js';
import { Terminal } from './terminal.js';

const repository = join(import.meta.dirname, '../..');

// npm starts the server through a shell. Windows has no signals.
describe.runIf(process.platform !== 'win32')('npm start', () => {
  let model: ModelServer;
  let home: string;
  let port: number;
  let key: string;
  let terminal: Terminal;
  let finish: () => void;

  beforeAll(async () => {
    let finished = Promise.resolve();
    model = await startModelServer((request) => {
      if (modelMessages(request) > 0) return [gate(finished), text('done')];
      finished = new Promise((resolve) => {
        finish = resolve;
      });
      return [toolUse('Glob', { pattern: '*' })];
    });
    home = await realpath(await mkdtemp(join(tmpdir(), 'agentfleet-npm-')));
    await mkdir(join(home, 'code'));
    port = await freePort();
  });
  afterEach(async () => {
    finish();
    terminal.kill();
    await killLocalRunner(join(home, 'data/local-runner'));
  });
  afterAll(async () => {
    await model?.close();
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  });

  async function call<Answer>(path: string, init: object = {}): Promise<Answer> {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1${path}`, { ...init, headers });
    return (await answer.json()) as Answer;
  }

  const isServing = () =>
    fetch(`http://127.0.0.1:${port}/healthz`).then(
      () => true,
      () => false,
    );

  /** A session that waits, in a server of a terminal. @returns its id */
  async function aSession(): Promise<string> {
    terminal = new Terminal('npm', ['start', '--prefix', repository, '--ignore-scripts'], home, {
      PORT: String(port),
      AGENTFLEET_DATA_DIR: join(home, 'data'),
      AGENTFLEET_CLAUDE_PATH: claude,
      ALLOWED_DIRS: join(home, 'code'),
      ...modelServerEnvironment(model.url, home),
    });
    await until(() => terminal.said.includes('Online as') || terminal.hasEnded);
    key = /af_live_[0-9A-Za-z]{38}/.exec(terminal.said)?.[0] ?? key;
    const body = JSON.stringify({ prompt: 'go', cwd: join(home, 'code') });
    const { id } = await call<Run>('/runs', { method: 'POST', body });
    const isWaiting = ({ logs }: RunWithLogs) => logs.some(({ kind }) => kind === 'tool_use');
    await until(async () => isWaiting(await call<RunWithLogs>(`/runs/${id}`)));
    return id;
  }

  test.each(['SIGTERM', 'SIGINT'] as const)(
    'passes a %s on, lets the session finish and ends well, after its server',
    async (signal) => {
      const id = await aSession();
      process.kill(terminal.pid, signal);
      await until(() => terminal.said.includes('Draining: 1 running') || terminal.hasEnded);
      expect(terminal.hasEnded).toBe(false);
      expect(await call<Run>(`/runs/${id}`)).toMatchObject({ status: 'RUNNING' });
      finish();
      await until(() => terminal.hasEnded);
      expect(await isServing()).toBe(false);
      expect(terminal.said).toContain(`${id} SUCCEEDED`);
      expect([terminal.code, terminal.signal]).toEqual([0, 0]);
    },
    180_000,
  );

  test('of a terminal that was closed leaves no server behind, once the session has finished', async () => {
    const id = await aSession();
    terminal.close();
    const log = () => readFile(join(home, 'data/local-runner/runner.log'), 'utf8');
    await until(async () => (await log()).includes('Draining: 1 running'));
    expect(await call<Run>(`/runs/${id}`)).toMatchObject({ status: 'RUNNING' });
    finish();
    await until(async () => !(await isServing()));
    expect(await log()).toContain(`${id} SUCCEEDED`);
  }, 180_000);
});

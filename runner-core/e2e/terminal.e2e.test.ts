import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Run } from '@agentfleet/contract';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { forRoot } from './clis.js';
import { claude, Fleet } from './fleet.js';
import { killLocalRunner } from './local-runner.js';
import {
  gate,
  type ModelServer,
  modelMessages,
  modelServerEnvironment,
  type Reply,
  startModelServer,
  text,
  toolUse,
} from './model-server.js';
import { freePort, isAlive, until } from './program.js';
import { Terminal } from './terminal.js';

const repository = join(import.meta.dirname, '../..');

// What a terminal sends, Ctrl+C and its closing, goes to every process in it. Windows has other terminals.
describe.runIf(process.platform !== 'win32')('in a terminal', () => {
  let model: ModelServer;
  let fleet: Fleet;
  let home: string;
  let terminal: Terminal;
  let finish: () => void;
  let finished: Promise<void>;
  let first: Reply[];

  beforeAll(async () => {
    model = await startModelServer((request) =>
      modelMessages(request) === 0 ? first : [gate(finished), text('done')],
    );
    fleet = await Fleet.start(model, { daemon: false });
    home = join(fleet.dataDir, '..');
  }, 120_000);
  beforeEach(() => {
    finished = new Promise((resolve) => {
      finish = resolve;
    });
    first = [toolUse('Glob', { pattern: '*' })];
  });
  afterEach(async () => {
    finish();
    terminal?.kill();
    await rm(join(home, 'runner'), { recursive: true, force: true });
  });
  afterAll(async () => {
    await fleet?.close();
    await model?.close();
  });

  const settings = () => ({
    ALLOWED_DIRS: fleet.allowed,
    AGENTFLEET_CLAUDE_PATH: claude,
    ...forRoot,
    ...modelServerEnvironment(model.url, home),
  });

  /** The daemon in a terminal, with a session that waits. */
  async function aSession(): Promise<Run> {
    terminal = new Terminal(process.execPath, [join(repository, 'runner/agentfleet-runner.mjs')], home, {
      AGENTFLEET_URL: fleet.url,
      AGENTFLEET_API_KEY: fleet.key,
      AGENTFLEET_RUNNER_DIR: join(home, 'runner'),
      ...settings(),
    });
    await until(() => terminal.said.includes('Online as') || terminal.hasEnded);
    const run = await fleet.launch({ permissionMode: 'bypassPermissions' });
    await fleet.logged(run.id, ({ kind }) => kind === 'tool_use');
    return run;
  }

  test('the first Ctrl+C reaches the daemon alone: the session finishes', async () => {
    const { id } = await aSession();
    terminal.controlC();
    await until(() => terminal.said.includes('Draining: 1 running'));
    finish();
    await until(() => terminal.hasEnded);
    expect(await fleet.run(id)).toMatchObject({ status: 'SUCCEEDED', result: 'done' });
  });

  test('a terminal that is closed is one request to end, and the session finishes', async () => {
    const { id } = await aSession();
    const { pid } = terminal;
    terminal.close();
    await until(async () => {
      const { data } = await fleet.get<{ data: { state: string }[] }>('/runners');
      return data.some(({ state }) => state === 'draining');
    });
    expect((await fleet.run(id)).status).toBe('RUNNING');
    finish();
    expect(await fleet.ended(id)).toMatchObject({ status: 'SUCCEEDED', result: 'done' });
    await until(() => !isAlive(pid));
  });

  test('the third Ctrl+C leaves no process, without waiting for the next start', async () => {
    const begun = join(fleet.allowed, 'begun');
    const command = `trap '' INT TERM HUP; echo $$ > ${begun}; tail -f /dev/null & wait; tail -f /dev/null`;
    first = [toolUse('Bash', { command, description: 'wait' })];
    const { id } = await aSession();
    const shell = async () => Number(await readFile(begun, 'utf8').catch(() => ''));
    await until(async () => (await shell()) > 0);
    for (const said of ['Draining', 'Cancelling']) {
      terminal.controlC();
      await until(() => terminal.said.includes(said));
      // Two that come close together count as one.
      await new Promise((resolve) => setTimeout(resolve, 350));
    }
    terminal.controlC();
    await until(() => terminal.hasEnded);
    await until(async () => !isAlive(await shell()));
    // Its end is told by whoever uses this outbox next, or was told still.
    terminal = new Terminal(process.execPath, [join(repository, 'runner/agentfleet-runner.mjs')], home, {
      AGENTFLEET_URL: fleet.url,
      AGENTFLEET_API_KEY: fleet.key,
      AGENTFLEET_RUNNER_DIR: join(home, 'runner'),
      ...settings(),
    });
    expect((await fleet.ended(id)).status).toBe('CANCELLED');
  });

  test('under `npm start` the first Ctrl+C lets the session finish too, and ends all', {
    timeout: 180_000,
  }, async () => {
    const port = await freePort();
    const dataDir = join(home, 'started');
    await mkdir(dataDir);
    const npm = ['start', '--prefix', repository, '--ignore-scripts'];
    terminal = new Terminal('npm', npm, home, {
      ...settings(),
      PORT: String(port),
      AGENTFLEET_DATA_DIR: dataDir,
    });
    try {
      await until(() => terminal.said.includes('Online as') || terminal.hasEnded);
      const key = /af_live_[0-9A-Za-z]{38}/.exec(terminal.said)?.[0] ?? '';
      const call = (path: string, init: object = {}) =>
        fetch(`http://127.0.0.1:${port}/api/v1${path}`, {
          ...init,
          headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        });
      const body = JSON.stringify({ prompt: 'go', cwd: fleet.allowed });
      const { id } = (await (await call('/runs', { method: 'POST', body })).json()) as Run;
      const read = async () =>
        (await (await call(`/runs/${id}`)).json()) as Run & { logs: { kind: string }[] };
      await until(async () => (await read()).logs.some(({ kind }) => kind === 'tool_use'));
      terminal.controlC();
      await until(() => terminal.said.includes('Draining: 1 running'));
      expect((await read()).status).toBe('RUNNING');
      finish();
      await until(() => terminal.said.includes(`${id} `) && terminal.hasEnded);
      expect(terminal.said).toContain(`${id} SUCCEEDED`);
      expect(terminal.code).toBe(0);
    } finally {
      terminal.kill();
      await killLocalRunner(join(dataDir, 'local-runner'));
    }
  });
});

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Event, Run, RunWithLogs } from '@agentfleet/contract';
import { pinned } from './clis.js';
import { type ModelServer, modelServerEnvironment } from './model-server.js';
import { freePort, until } from './program.js';

export { until } from './program.js';

const repository = join(import.meta.dirname, '../..');
/** The real Claude Code of every spec that is not about what it does. */
export const claude = pinned.executable;

/**
 * For the servers of tests, which do little with the embedded database: V8 would spend more on making its code fast
 * than that gives back. Benchmarks have the server as it is.
 */
const serverFlags = process.env.VITEST ? ['--liftoff-only'] : [];

/** The built server and the built daemon as processes of their own, in a directory of the test's. */
export class Fleet {
  /** Real path of the only allowed directory. */
  readonly allowed: string;
  /** Where the server's embedded database lives. */
  readonly dataDir: string;
  url = '';
  key = '';
  /** Everything the server and the daemons said. */
  said = '';
  daemon: ChildProcess | undefined;
  /** Of the server, the daemon and its sessions. */
  readonly home: string;
  readonly #model: ModelServer;
  readonly #claude: string;
  readonly #program: string;
  server: ChildProcess | undefined;
  #port = 0;

  private constructor(home: string, model: ModelServer, executable: string, program: string) {
    this.home = home;
    this.#model = model;
    this.#claude = executable;
    this.#program = program;
    this.allowed = join(home, 'code');
    this.dataDir = join(home, 'server');
  }

  /**
   * @param options.daemon whether a daemon runs from the start
   * @param options.executable the Claude Code of its daemons
   * @param options.hasty whether leases last 2.4 s, not 45
   */
  static async start(
    model: ModelServer,
    { daemon = true, executable = claude, hasty = false } = {},
  ): Promise<Fleet> {
    const home = await realpath(await mkdtemp(join(tmpdir(), 'agentfleet-e2e-')));
    const fleet = new Fleet(home, model, executable, hasty ? 'testing/fault-server.js' : 'main.js');
    await mkdir(fleet.allowed);
    // A database that is made and migrated already, where the run of the tests has one.
    const template = process.env.TEST_EMBEDDED_TEMPLATE;
    if (template) cpSync(template, fleet.dataDir, { recursive: true });
    fleet.#port = await freePort();
    fleet.url = `http://127.0.0.1:${fleet.#port}`;
    await fleet.startServer();
    await until(() => {
      const told = existsSync(fleet.#keyFile) ? readFileSync(fleet.#keyFile, 'utf8') : fleet.said;
      fleet.key = /af_live_[0-9A-Za-z]{38}/.exec(told)?.[0] ?? '';
      return fleet.key !== '';
    });
    if (daemon) await fleet.startDaemon();
    return fleet;
  }

  async startServer(): Promise<void> {
    this.server = this.#spawn([...serverFlags, join(repository, 'server/dist', this.#program)], {
      PORT: String(this.#port),
      AGENTFLEET_DATA_DIR: this.dataDir,
      LOST_GRACE_SEC: '900',
      DRAIN_SEC: '0',
      AGENTFLEET_FIRST_KEY_FILE: this.#keyFile,
    });
    await until(async () => (await fetch(`${this.url}/readyz`).catch(() => undefined))?.ok === true);
  }

  /** The daemon under the settings of the documentation. */
  async startDaemon(more: NodeJS.ProcessEnv = {}): Promise<void> {
    this.daemon = this.#spawn([join(repository, 'runner/agentfleet-runner.mjs')], {
      AGENTFLEET_URL: this.url,
      AGENTFLEET_API_KEY: this.key,
      ALLOWED_DIRS: this.allowed,
      RUNNER_NAME: 'home-desktop',
      AGENTFLEET_CLAUDE_PATH: this.#claude,
      AGENTFLEET_RUNNER_DIR: join(this.home, 'runner'),
      ...modelServerEnvironment(this.#model.url, this.home),
      ...more,
    });
    await until(async () => {
      const { data } = await this.get<{ data: { online: boolean }[] }>('/runners');
      return data.some((runner) => runner.online);
    });
  }

  /** Where `npm run server` puts its first key instead of into its output. */
  get #keyFile(): string {
    return join(this.home, 'first-key');
  }

  /** As a power cut or `kill -9` would, without a word to the process. */
  async killServer(): Promise<void> {
    await end(this.server, 'SIGKILL');
  }

  async killDaemon(): Promise<void> {
    await end(this.daemon, 'SIGKILL');
  }

  async close(): Promise<void> {
    await end(this.daemon, 'SIGKILL');
    await end(this.server, 'SIGTERM');
    await rm(this.home, { recursive: true, force: true, maxRetries: 5 });
  }

  async get<Answer>(path: string): Promise<Answer> {
    return (await this.request('GET', path)).json() as Promise<Answer>;
  }

  request(method: string, path: string, body?: unknown): Promise<Response> {
    return fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${this.key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  async launch(request: object): Promise<Run> {
    const response = await this.request('POST', '/runs', { prompt: 'go', cwd: this.allowed, ...request });
    if (response.status !== 201) throw new Error(`${response.status}: ${await response.text()}`);
    return (await response.json()) as Run;
  }

  async followUp(runId: string, prompt: string): Promise<Run> {
    const response = await this.request('POST', `/runs/${runId}/followup`, { prompt });
    if (response.status !== 201) throw new Error(`${response.status}: ${await response.text()}`);
    return (await response.json()) as Run;
  }

  run(id: string): Promise<RunWithLogs> {
    return this.get(`/runs/${id}`);
  }

  /**
   * Names of the logs that the daemon keeps in its outbox. A daemon that looks for work has a file of its own there for
   * a moment: it tries whether the disk takes anything.
   */
  async outbox(): Promise<string[]> {
    return (await readdir(join(this.home, 'runner/outbox'))).filter((name) => name !== 'room.probe');
  }

  /** Waits until the run has ended. */
  async ended(id: string): Promise<RunWithLogs> {
    let run = await this.run(id);
    await until(async () => {
      run = await this.run(id);
      return run.finishedAt !== null;
    });
    return run;
  }

  /** Follows the log with long-polls to the end of the run, without a look too many: for measuring. */
  async followed(id: string): Promise<Run> {
    for (let after = 0; ; ) {
      const { data } = await this.get<{ data: Event[] }>(`/runs/${id}/events?after=${after}&wait=30`);
      after = data.at(-1)?.seq ?? after;
      if (data.length > 0) continue;
      const run = await this.get<Run>(`/runs/${id}?logs=0`);
      if (run.finishedAt !== null) return run;
    }
  }

  /** Waits until the log of a run holds an event. */
  async logged(id: string, matches: (event: Event) => boolean): Promise<void> {
    await until(async () => (await this.run(id)).logs.some(matches));
  }

  #spawn(args: string[], environment: NodeJS.ProcessEnv): ChildProcess {
    const { PATH, SystemRoot, TEMP, TMP } = process.env;
    const child = spawn(process.execPath, args, {
      cwd: this.home,
      env: { PATH, SystemRoot, TEMP, TMP, HOME: this.home, USERPROFILE: this.home, ...environment },
      // Kept open: some end with it.
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.said += text;
      });
    }
    return child;
  }
}

export async function end(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ControlPlane } from '@agentfleet/runner-core';
import { type Database, DatabaseLink, openDatabase } from '@agentfleet/server';
import { type JournalEntry, readJournal } from '../../src/testing/journal.js';
import { ChaosProxy, fairWeather, type Weather } from './chaos-proxy.js';
import { keepHistory } from './history.js';
import { graceMs, runnerCount, runnerSlots, serverCount } from './plan.js';
import { Random } from './random.js';

const repository = join(import.meta.dirname, '../../..');
/** How long a process may take to say that it is there, ms. */
const startMs = 30_000;

interface ServerSlot {
  link: DatabaseLink;
  child: ChildProcess | undefined;
  frozen: boolean;
  url: string;
  /** Its log since the round began. */
  logged: string[];
  /** What is done to it is done one after the other. */
  turn: Promise<void>;
}

/** One process of a runner, and what it noted. */
export interface Life {
  journal: string;
  /** Where the notes of this round begin, bytes. */
  from: number;
  /** When it was dead, ms since 1970; undefined while it lives. */
  diedAt: number | undefined;
  /** When it stood still in this round, ms since 1970; the last one may last. */
  frozen: Span[];
}

/** ms since 1970. */
export interface Span {
  from: number;
  until: number;
}

interface RunnerSlot {
  name: string;
  dir: string;
  proxy: ChaosProxy;
  child: ChildProcess | undefined;
  /** Of this round, the current one last. */
  lives: Life[];
  turn: Promise<void>;
}

/**
 * A fleet of real processes that can be killed: servers on one PostgreSQL, each behind a link to it, and runners,
 * each behind a bad network, with a scripted agent.
 */
export class FaultFleet {
  readonly servers: ServerSlot[] = [];
  readonly runners: RunnerSlot[] = [];
  /** Real paths of the directories that sessions work in. */
  readonly directories: string[] = [];
  /** The database itself, past every fault. */
  readonly truth: Database;
  /** What happened that must not, such as a process that died by itself. */
  readonly troubles: string[] = [];
  /** When no server was there, in this round; the last one may last. */
  readonly absences: Span[] = [];
  key = '';
  /** The network of those who post and watch. */
  readonly network: ChaosProxy;
  #plane: ControlPlane | undefined;
  readonly #home: string;
  #closing = false;
  #lives = 0;

  private constructor(home: string, truth: Database, network: ChaosProxy) {
    this.#home = home;
    this.truth = truth;
    this.network = network;
  }

  /**
   * How people ask, each call with little patience. As runners do it: Node 20's own fetch may wait for ever for a stream that was
   * aborted.
   */
  get plane(): ControlPlane {
    const { network, key } = this;
    this.#plane ??= new ControlPlane({ url: network.url, apiKey: key, version: '0.0.0', patienceMs: 1_500 });
    return this.#plane;
  }

  /** @param databaseUrl of an empty database */
  static async start(databaseUrl: string, seed: number): Promise<FaultFleet> {
    const home = await realpath(await mkdtemp(join(tmpdir(), 'agentfleet-faults-')));
    const own = new URL(databaseUrl);
    own.searchParams.set('application_name', 'truth');
    const truth = await openDatabase({ url: own.href, dataDir: null, poolSize: 4 });
    await keepHistory(truth);
    const fleet = new FaultFleet(home, truth, await ChaosProxy.start([], new Random(seed)));
    for (let index = 0; index < 4; index += 1) fleet.directories.push(join(home, 'code', String(index)));
    for (const directory of fleet.directories) await mkdir(directory, { recursive: true });
    for (let index = 0; index < serverCount; index += 1) {
      const link = await DatabaseLink.to(databaseUrl);
      fleet.servers.push({
        link,
        child: undefined,
        frozen: false,
        url: '',
        logged: [],
        turn: Promise.resolve(),
      });
      await fleet.startServer(index);
    }
    for (let index = 0; index < runnerCount; index += 1) {
      fleet.runners.push({
        name: `runner-${index}`,
        dir: join(home, `runner-${index}`),
        proxy: await ChaosProxy.start(fleet.#urls(), new Random(seed + index + 1)),
        child: undefined,
        lives: [],
        turn: Promise.resolve(),
      });
    }
    await Promise.all(fleet.runners.map((_runner, index) => fleet.startRunner(index)));
    return fleet;
  }

  startServer(index: number): Promise<void> {
    const slot = at(this.servers, index);
    return inTurn(slot, async () => {
      if (slot.child) return;
      const child = this.#spawn('server/dist/testing/fault-server.js', {
        DATABASE_URL: slot.link.url,
        PORT: slot.url === '' ? '0' : new URL(slot.url).port,
        LOST_GRACE_SEC: String(graceMs / 1_000),
      });
      slot.child = child;
      slot.frozen = false;
      this.#noteServers();
      let serves = false;
      // A start that meets no database says so and ends; whoever started it tries again, here when all is mended.
      this.#watch(child, `server ${index}`, slot, () => lastWords(slot), { counts: () => serves });
      if (child.stderr) createInterface(child.stderr).on('line', (line) => slot.logged.push(line));
      const said = await firstLine(child);
      if (said === undefined) return;
      serves = true;
      const { url, key } = JSON.parse(said) as { url: string; key: string | null };
      slot.url = url;
      this.key ||= key ?? '';
      for (const { proxy } of this.runners) proxy.targets = this.#urls();
      this.network.targets = this.#urls();
    });
  }

  startRunner(index: number): Promise<void> {
    const slot = at(this.runners, index);
    return inTurn(slot, async () => {
      if (slot.child) return;
      this.#lives += 1;
      const life: Life = {
        journal: join(this.#home, `journal-${this.#lives}.jsonl`),
        from: 0,
        diedAt: undefined,
        frozen: [],
      };
      const child = this.#spawn('runner-core/dist/testing/fault-runner.js', {
        FAULT_RUNNER: JSON.stringify({
          url: slot.proxy.url,
          apiKey: this.key,
          name: slot.name,
          allowed: join(this.#home, 'code'),
          runnerDir: slot.dir,
          journal: life.journal,
          maxConcurrentRuns: runnerSlots,
        }),
      });
      slot.child = child;
      slot.lives.push(life);
      let said = '';
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
      child.once('exit', () => {
        life.diedAt = now();
      });
      this.#watch(child, slot.name, slot, () => said);
      await firstLine(child);
    });
  }

  /** As `kill -9` does. */
  killServer(index: number): Promise<void> {
    const slot = at(this.servers, index);
    return inTurn(slot, () => kill(slot).then(() => this.#noteServers()));
  }

  /** It stands still, with all its connections open. */
  freezeServer(index: number): void {
    const slot = at(this.servers, index);
    slot.frozen = true;
    slot.child?.kill('SIGSTOP');
    this.#noteServers();
  }

  thawServer(index: number): void {
    const slot = at(this.servers, index);
    slot.frozen = false;
    slot.child?.kill('SIGCONT');
    this.#noteServers();
  }

  freezeRunner(index: number): void {
    const { child, lives } = at(this.runners, index);
    if (!child) return;
    lives.at(-1)?.frozen.push({ from: now(), until: Number.POSITIVE_INFINITY });
    child.kill('SIGSTOP');
  }

  thawRunner(index: number): void {
    const { child, lives } = at(this.runners, index);
    child?.kill('SIGCONT');
    for (const { frozen } of lives)
      for (const span of frozen) if (span.until === Number.POSITIVE_INFINITY) span.until = now();
  }

  killRunner(index: number): Promise<void> {
    const slot = at(this.runners, index);
    return inTurn(slot, () => kill(slot));
  }

  setWeather(weather: Weather): void {
    for (const proxy of [this.network, ...this.runners.map((runner) => runner.proxy)])
      proxy.weather = weather;
  }

  /** Everything is there again, and the sun shines. */
  async heal(): Promise<void> {
    this.setWeather(fairWeather);
    for (const index of this.servers.keys()) this.thawServer(index);
    for (const [index, { proxy }] of this.runners.entries()) {
      this.thawRunner(index);
      proxy.partitioned = false;
    }
    for (const { link } of this.servers) {
      link.returns();
      link.goesOn();
    }
    await Promise.all(this.servers.map((_server, index) => this.startServer(index)));
    for (const [index, server] of this.servers.entries())
      if (!server.child) this.troubles.push(`server ${index} does not start. ${lastWords(server)}`);
    await Promise.all(this.runners.map((_runner, index) => this.startRunner(index)));
  }

  /** Forgets what earlier rounds left in notes. */
  beginRound(): void {
    for (const runner of this.runners) {
      runner.lives = runner.lives.filter((life) => life.diedAt === undefined);
      for (const life of runner.lives) life.from = readJournal(life.journal).end;
    }
    for (const server of this.servers) server.logged = [];
    for (const { lives } of this.runners) for (const life of lives) life.frozen = [];
    this.troubles.length = 0;
    this.absences.length = 0;
  }

  /** What a process of a runner noted in this round. */
  notesOf(life: Life): JournalEntry[] {
    return readJournal(life.journal, life.from).entries;
  }

  /** Files in the runners' outboxes, but for the logs of attempts that another one followed: those are a person's. */
  async undelivered(): Promise<string[]> {
    const lists = await Promise.all(
      this.runners.map(({ dir }) => readdir(join(dir, 'outbox')).catch((): string[] => [])),
    );
    return lists.flat().filter((name) => !name.endsWith('.superseded') && name !== 'room.probe');
  }

  async runnerIds(): Promise<string[]> {
    const named = { name: 'fault-runner-ids', text: 'SELECT id, name FROM runners ORDER BY name' };
    const rows = await this.truth.query<{ id: string; name: string }>(named, []);
    return this.runners.map(({ name }) => rows.find((row) => row.name === name)?.id ?? '');
  }

  async endDatabaseConnections(): Promise<void> {
    const end = {
      name: 'fault-end-connections',
      text: `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND application_name <> 'truth'`,
    };
    await this.truth.query(end, []);
  }

  async close(): Promise<void> {
    this.#closing = true;
    await Promise.all([...this.servers, ...this.runners].map((slot) => slot.turn));
    await Promise.all([...this.servers, ...this.runners].map(kill));
    await Promise.all(this.servers.map(({ link }) => link.close()));
    await Promise.all(this.runners.map(({ proxy }) => proxy.close()));
    await this.network.close();
    await this.truth.close();
    await rm(this.#home, { recursive: true, force: true, maxRetries: 5 });
  }

  #noteServers(): void {
    const isThere = this.servers.some(({ child, frozen }) => child !== undefined && !frozen);
    const last = this.absences.at(-1);
    const lasts = last?.until === Number.POSITIVE_INFINITY;
    if (isThere && lasts) last.until = now();
    else if (!isThere && !lasts) this.absences.push({ from: now(), until: Number.POSITIVE_INFINITY });
  }

  #urls(): string[] {
    return this.servers.map(({ url }) => url).filter((url) => url !== '');
  }

  #spawn(file: string, environment: NodeJS.ProcessEnv): ChildProcess {
    const { PATH, SystemRoot, TEMP, TMP } = process.env;
    return spawn(process.execPath, [join(repository, file)], {
      cwd: this.#home,
      env: { PATH, SystemRoot, TEMP, TMP, HOME: this.#home, USERPROFILE: this.#home, ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  }

  /** A process that ends unasked is a fault of ours, where that counts. */
  #watch(
    child: ChildProcess,
    name: string,
    slot: { child: ChildProcess | undefined },
    said: () => string,
    { counts = () => true }: { counts?: () => boolean } = {},
  ): void {
    child.stdin?.on('error', () => undefined);
    child.once('close', (code, signal) => {
      if (signal !== 'SIGKILL' && !this.#closing && counts())
        this.troubles.push(`${name} ended by itself: ${code ?? signal}. ${said()}`);
    });
    child.once('exit', () => {
      if (slot.child === child) slot.child = undefined;
    });
  }
}

/** ms since 1970, finer than a ms, alike in every process of this machine. */
export const now = () => performance.timeOrigin + performance.now();

function at<Item>(items: readonly Item[], index: number): Item {
  const item = items[index];
  if (item === undefined) throw new Error(`There is no number ${index}`);
  return item;
}

function inTurn(slot: { turn: Promise<void> }, work: () => Promise<void>): Promise<void> {
  slot.turn = slot.turn.then(work);
  return slot.turn;
}

async function kill(slot: { child: ChildProcess | undefined }): Promise<void> {
  const { child } = slot;
  if (!child) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

/** The newest lines a server logged. */
function lastWords({ logged }: { logged: string[] }): string {
  return logged.slice(-5).join('\n');
}

/** The first line a process prints; undefined when it dies before. */
async function firstLine(child: ChildProcess): Promise<string | undefined> {
  const { stdout } = child;
  if (!stdout) throw new Error('stdout is not piped');
  const signal = AbortSignal.timeout(startMs);
  const line = once(createInterface(stdout), 'line', { signal }).catch(() => {
    throw new Error(`${child.spawnargs.join(' ')} printed nothing in ${startMs / 1_000} s`);
  });
  const [said] = (await Promise.race([line, once(child, 'exit').then(() => [undefined])])) as [string?];
  return said;
}

import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Run } from '@agentfleet/contract';
import { type Haproxy, startHaproxy } from '@agentfleet/server';
import { Answers } from './answers.js';
import { FleetOfRunners } from './fleet-of-runners.js';
import { PostgresPair } from './postgres-pair.js';
import { Servers } from './servers.js';
import { Viewer } from './viewer.js';

const runnerCount = 50;
const watchedCount = 20;
const viewersOfEach = 10;
/** Sessions that are launched, one after another, ms. */
const launchEveryMs = 120;
/** How long one request of a person or a script may take, ms: those behind a server that stands still are given up. */
const patienceMs = 4_000;
const maxConnections = 120;

/** What is looked at after a fault. */
export interface Damage {
  /** Answered 500, by servers. */
  failed: number;
  /** Other refusals, by what was asked. */
  refused: string;
  /** Sessions that were launched since the last look. */
  launched: number;
  wrong: string[];
}

/**
 * Two servers behind HAProxy on a PostgreSQL of their own that has a standby, 50 runners with 20 long sessions, 200 viewers of these,
 * and short sessions that are launched all the time.
 */
export class Stage {
  readonly answers = new Answers();
  readonly home = realpathSync(mkdtempSync(join(tmpdir(), 'agentfleet-fault-table-')));
  readonly viewers: Viewer[] = [];
  #fleet: FleetOfRunners | undefined;
  #proxy: Haproxy | undefined;
  #servers: Servers | undefined;
  #postgres: PostgresPair | undefined;
  #over = false;
  #launching: Promise<void> = Promise.resolve();
  #open: string[] = [];
  #launchedSince = 0;

  static async set(): Promise<Stage> {
    const stage = new Stage();
    const postgres = await PostgresPair.start(maxConnections);
    stage.#postgres = postgres;
    const servers = await Servers.start(stage.home, postgres.url, 2);
    stage.#servers = servers;
    const proxy = await startHaproxy(servers.slots.map(({ port }) => port));
    stage.#proxy = proxy;
    stage.#fleet = new FleetOfRunners(proxy.url, servers.key, stage.home, runnerCount, stage.answers);
    const watched = await Promise.all(
      Array.from({ length: watchedCount }, (_item, index) => stage.#launch(index, 'watched')),
    );
    for (const runId of watched)
      for (let index = 0; index < viewersOfEach; index += 1)
        stage.viewers.push(new Viewer(proxy.url, servers.key, runId, stage.answers));
    stage.#launching = stage.#keepLaunching();
    return stage;
  }

  get servers(): Servers {
    if (!this.#servers) throw new Error('The stage is not set');
    return this.#servers;
  }

  get postgres(): PostgresPair {
    if (!this.#postgres) throw new Error('The stage is not set');
    return this.#postgres;
  }

  /** @returns how long it took from now until a new session was launched, taken and ended, and until each viewer saw something new, ms */
  async recovers(mostMs: number): Promise<{ ended: number; seen: number }> {
    const began = performance.now();
    const said = new Map(this.#fleetHere.said);
    const ended = async () => {
      const id = await this.#launch(Math.floor(Math.random() * runnerCount), 'short');
      this.#launchedSince += 1;
      await this.#untilEnded(id, mostMs);
      return performance.now() - began;
    };
    const seen = async () => {
      // A line behind that of the moment of healing, and the event by which a session begins.
      const isNew = ({ last, runId }: Viewer) => last > (said.get(runId) ?? 0) + 1;
      while (!this.viewers.every(isNew) && performance.now() - began < mostMs) await delay(20);
      return performance.now() - began;
    };
    const [whenEnded, whenSeen] = await Promise.all([ended(), seen()]);
    return { ended: whenEnded, seen: whenSeen };
  }

  /** Waits until what was launched has ended, at most so long, and says what is wrong. */
  async look(mostMs: number): Promise<Damage> {
    const wrong: string[] = [];
    const fleet = this.#fleetHere;
    const open = this.#open.splice(0);
    const deadline = performance.now() + mostMs;
    for (const id of open) {
      const run = await this.#untilEnded(id, Math.max(500, deadline - performance.now()));
      const begun = fleet.begun.get(id) ?? 0;
      if (run?.status !== 'SUCCEEDED' || begun !== 1)
        wrong.push(
          `${id} is ${run?.status ?? 'unknown'} (${run?.failure?.code ?? ''}), and was begun ${begun} times`,
        );
    }
    for (const viewer of this.viewers) wrong.push(...viewer.wrong.splice(0));
    wrong.push(...fleet.troubles.splice(0));
    const damage = {
      ...{ failed: this.answers.of('500'), refused: this.answers.refused },
      ...{ launched: this.#launchedSince, wrong },
    };
    this.answers.clear();
    this.#launchedSince = 0;
    return damage;
  }

  /** Ends the sessions that are watched. @returns what is wrong with them */
  async finish(): Promise<string[]> {
    this.#over = true;
    await this.#launching;
    const fleet = this.#fleetHere;
    fleet.finish();
    const wrong: string[] = [];
    for (const runId of new Set(this.viewers.map((viewer) => viewer.runId))) {
      const run = await this.#untilEnded(runId, 20_000);
      const { lastSeq = 0 } = run ?? {};
      if (run?.status !== 'SUCCEEDED' || fleet.begun.get(runId) !== 1)
        wrong.push(
          `${runId}, which was watched, is ${run?.status} and was begun ${fleet.begun.get(runId)} times`,
        );
      const deadline = performance.now() + 5_000;
      const of = this.viewers.filter((viewer) => viewer.runId === runId);
      while (of.some(({ last }) => last < lastSeq) && performance.now() < deadline) await delay(20);
      for (const { last } of of)
        if (last !== lastSeq) wrong.push(`${runId}: a viewer saw ${last} of ${lastSeq}`);
      // Its lines, and what the runner notes of a session.
      if (lastSeq < (fleet.said.get(runId) ?? 0))
        wrong.push(`${runId}: ${lastSeq} of what was said is stored`);
    }
    return wrong;
  }

  async end(): Promise<void> {
    this.#over = true;
    for (const viewer of this.viewers) viewer.stop();
    await this.#fleet?.end();
    await this.#proxy?.close();
    await this.#servers?.end();
    await this.#postgres?.end();
    rmSync(this.home, { recursive: true, force: true });
  }

  get #fleetHere(): FleetOfRunners {
    if (!this.#fleet) throw new Error('The stage is not set');
    return this.#fleet;
  }

  async #keepLaunching(): Promise<void> {
    for (let nth = 0; !this.#over; nth += 1) {
      // Nobody waits for the one before.
      void this.#launch(nth % runnerCount, 'short').then(() => {
        this.#launchedSince += 1;
      });
      await delay(launchEveryMs);
    }
  }

  /** As a script does: with a key, until it is answered. */
  async #launch(nth: number, prompt: 'watched' | 'short'): Promise<string> {
    const folder = this.#fleetHere.folders[nth % runnerCount] ?? '';
    const body = { prompt, cwd: join(folder, prompt), sharedCwd: true };
    const key = crypto.randomUUID();
    for (;;) {
      const run = await this.#ask<Run>('launch', 'POST', '/runs', body, { 'idempotency-key': key });
      if (run && prompt === 'short') this.#open.push(run.id);
      if (run) return run.id;
      await delay(100);
    }
  }

  async #untilEnded(id: string, mostMs: number): Promise<Run | undefined> {
    const deadline = performance.now() + mostMs;
    for (;;) {
      const run = await this.#ask<Run>('look', 'GET', `/runs/${id}?logs=0`);
      if (run?.finishedAt || performance.now() > deadline) return run;
      await delay(50);
    }
  }

  async #ask<Answer>(
    what: string,
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer | undefined> {
    try {
      const answer = await fetch(`${this.#proxy?.url}/api/v1${path}`, {
        method,
        headers: {
          ...{ authorization: `Bearer ${this.servers.key}`, 'content-type': 'application/json', ...headers },
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(patienceMs),
      });
      this.answers.count(what, answer.status);
      const text = await answer.text();
      return answer.ok ? (JSON.parse(text) as Answer) : undefined;
    } catch {
      this.answers.count(what, 0);
      return undefined;
    }
  }
}

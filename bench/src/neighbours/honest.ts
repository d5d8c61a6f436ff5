import { hash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type ClaimedRun, type Event, eventDigestInput } from '@agentfleet/contract';
import type { Api } from '../api.js';
import { now } from '../load/clock.js';
import { claim, eventOf, finishOf, launch, register, startSession } from '../sessions.js';

/** The time between two of each that it asks for, ms. */
const everyMs = 100;
const heartbeatMs = 10_000;
/** Runs that are there before, so that a list has a page. */
const history = 60;

/** What an org waits for at its work, ms. */
export interface Waits {
  /** A page of its list of sessions. */
  list: number[];
  /** A session by its id. */
  get: number[];
  /** From the POST of a session until its runner has claimed it, appended to it and finished it. */
  session: number[];
  /** From an append until a viewer has seen the event. */
  event: number[];
}

export const noWaits = (): Waits => ({ list: [], get: [], session: [], event: [] });

/** An org that works as others do: somebody looks at its list, sessions come and end, and one is watched. */
export class HonestOrg {
  readonly #api: Api;
  readonly #runnerId: string;
  readonly #watched: ClaimedRun;
  readonly #held = new Set<ClaimedRun>();
  readonly #ended = new Map<string, () => void>();
  /** Those that ended before their POST was answered. */
  readonly #early = new Set<string>();
  readonly #seen = new Map<number, () => void>();
  #stopWatching: () => void = () => undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #seq = 0;
  #stopped = false;

  private constructor(api: Api, runnerId: string, watched: ClaimedRun) {
    this.#api = api;
    this.#runnerId = runnerId;
    this.#watched = watched;
    this.#held.add(watched);
  }

  static async start(api: Api): Promise<HonestOrg> {
    const runnerId = await register(api, 'honest', 20);
    const org = new HonestOrg(api, runnerId, await startSession(api, runnerId));
    org.#stopWatching = await api.watch(org.#watched.id, (seq) => org.#seen.get(seq)?.());
    org.#heartbeat = setInterval(() => org.#beat(), heartbeatMs);
    void org.#poll();
    await Promise.all(Array.from({ length: history }, () => org.#session()));
    return org;
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#heartbeat);
    this.#stopWatching();
  }

  /** Goes on for so many ms, at its own pace whatever it waits. */
  async work(ms: number): Promise<Waits> {
    const waits = noWaits();
    const asks: [number[], () => Promise<unknown>][] = [
      [waits.list, () => this.#api.get('/runs?limit=50')],
      [waits.get, () => this.#api.get(`/runs/${this.#watched.id}`)],
      [waits.session, () => this.#session()],
      [waits.event, () => this.#event()],
    ];
    await Promise.all(asks.map(([into, ask], nth) => askFor(ms, (nth * everyMs) / asks.length, into, ask)));
    return waits;
  }

  async #session(): Promise<void> {
    const { id } = await launch(this.#api, { runnerId: this.#runnerId });
    if (!this.#early.delete(id)) await new Promise<void>((resolve) => this.#ended.set(id, resolve));
    this.#ended.delete(id);
  }

  async #event(): Promise<void> {
    this.#seq += 1;
    const seq = this.#seq;
    const { id, token } = this.#watched;
    const seen = new Promise<void>((resolve) => this.#seen.set(seq, resolve));
    await this.#api.post(`/runs/${id}/events`, { token, events: [eventOf(seq)] });
    await seen;
    this.#seen.delete(seq);
  }

  async #poll(): Promise<void> {
    while (!this.#stopped) {
      const { runs } = await claim(this.#api, this.#runnerId, 20, [...this.#held]).catch((error) => {
        if (this.#stopped) return { runs: [] };
        throw error;
      });
      for (const run of runs) void this.#carryOut(run);
    }
  }

  async #carryOut(run: ClaimedRun): Promise<void> {
    const { id, token } = run;
    this.#held.add(run);
    await this.#api.post(`/runs/${id}/start`, { token });
    const event = eventOf(1);
    await this.#api.post(`/runs/${id}/events`, { token, events: [event] });
    const log = { lastSeq: 1, logChecksum: digestOf(event) };
    await this.#api.post(`/runs/${id}/finish`, { ...finishOf(token), ...log });
    this.#held.delete(run);
    const ended = this.#ended.get(id);
    if (ended) ended();
    else this.#early.add(id);
  }

  #beat(): void {
    const leases = [...this.#held].map(({ id, token }) => ({ runId: id, token }));
    const body = { leases, acknowledged: [], draining: false };
    this.#api.post(`/runners/${this.#runnerId}/heartbeat`, body).catch(() => undefined);
  }
}

/** Asks at a steady pace, and one after another where it is not answered that fast, as people and runners do. */
async function askFor(
  ms: number,
  firstMs: number,
  into: number[],
  ask: () => Promise<unknown>,
): Promise<void> {
  const end = now() + ms;
  for (let due = now() + firstMs; due < end; due = Math.max(due + everyMs, now())) {
    if (due > now()) await delay(due - now());
    const began = now();
    await ask();
    into.push(now() - began);
  }
}

const digestOf = (event: Event) => hash('sha256', eventDigestInput(event), 'buffer').readInt32BE(0);

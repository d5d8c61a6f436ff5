import { setTimeout as delay } from 'node:timers/promises';
import type { Api } from '../api.js';
import { absolute, type Row, relative } from '../report.js';
import { type ServerProcess, startServerProcess } from '../server-process.js';
import { eventOf, launch } from '../sessions.js';
import { median, quantile } from '../statistics.js';
import { now } from './clock.js';
import { startFloor } from './floor-process.js';
import { BusyRunner } from './runner.js';
import { serverStandStill, watchDisk, watchOwnStandStill } from './stand-still.js';
import { startViewers } from './viewers-process.js';

/** For how long the same goes on before, ms: a server that has just started still compiles what it runs. */
const rehearsalMs = 10_000;
/** For how long what counts goes on, ms. */
const workMs = 30_000;

/** A fleet at work. */
export interface Scene {
  /** Each has a session of its own. */
  runners: number;
  /** All in all, of the sessions in turns. */
  viewers: number;
  /** The time between two runs that are posted, and between two events that are appended, ms. */
  launchEveryMs: number;
  appendEveryMs: number;
}

/** What it met. */
interface AtWork {
  /** From the POST of each run until its runner had it, ms. */
  claims: number[];
  /** From each append until each viewer had seen it, ms. */
  tails: number[];
  /** Events that a viewer missed. */
  missed: number;
  /** Viewers that saw one twice or out of turn. */
  disordered: number;
  /** Most of the server, MB; undefined where the system does not tell. */
  resident: number | undefined;
}

const largeFleet: Scene = { runners: 200, viewers: 1_000, launchEveryMs: 50, appendEveryMs: 12 };

/** How often ours and the floor take turns: the machine's speed wanders, and both are to meet it alike. */
const turns = 2;

/**
 * On a real PostgreSQL, with which the server, the runners and the viewers share the machine, beside a bare pipeline of the same shape
 * (floor.ts) in the same run.
 */
export async function* load(): AsyncGenerator<Row> {
  const floor: AtWork[] = [];
  const ours: AtWork[] = [];
  for (let turn = 0; turn < turns; turn += 1) {
    floor.push(await workOn('floor', await startFloor()));
    ours.push(await workOn('ours', await startServerProcess()));
  }
  const scene = nameOf(largeFleet);
  const beside = (
    name: string,
    of: 'claims' | 'tails',
    figure: (times: number[]) => number,
    most: number,
  ) => {
    const figures = {
      ours: figure(ours.flatMap((at) => at[of])),
      peer: figure(floor.flatMap((at) => at[of])),
    };
    return relative(`${name}, beside a bare pipeline`, 'ms', figures, '<=', most);
  };
  const p99 = (times: number[]) => quantile(times, 0.99);
  yield beside(`POST of a run to its claim, ${scene}, median`, 'claims', median, 2);
  yield beside(`POST of a run to its claim, ${scene}, p99`, 'claims', p99, 3);
  yield beside(`append to a viewer, ${scene}, median`, 'tails', median, 2);
  yield beside(`append to a viewer, ${scene}, p99`, 'tails', p99, 3);
  const sum = (figure: (at: AtWork) => number) => ours.reduce((all, at) => all + figure(at), 0);
  yield absolute(
    'events that a viewer missed',
    'events',
    sum(({ missed }) => missed),
    '<=',
    0,
  );
  yield absolute(
    'viewers that saw one twice or out of turn',
    'viewers',
    sum(({ disordered }) => disordered),
    '<=',
    0,
  );
  const resident = ours.flatMap((at) => at.resident ?? []);
  if (resident.length > 0)
    yield absolute(`server, most resident, ${scene}`, 'MB', Math.max(...resident), '<=', 300);
}

async function workOn(name: string, server: ServerProcess): Promise<AtWork> {
  try {
    const at = await atWork(server, largeFleet);
    const [claim, tail] = [at.claims, at.tails].map(
      (times) => `${median(times).toFixed(2)}, ${quantile(times, 0.99).toFixed(1)}`,
    );
    const used = await server.processorMs();
    console.log(
      `      ${name}: to a claim ${claim} ms, to a viewer ${tail} ms (median, p99); processor time ${((used ?? 0) / 1_000).toFixed(1)} s`,
    );
    return at;
  } finally {
    await server.stop();
  }
}

export const nameOf = ({ runners, viewers }: Scene) => `${runners} runners, ${viewers} viewers`;

/**
 * A fleet at work on one server: its runners poll, send heartbeats, and have a session each that viewers watch. The
 * server, the runners and the viewers are three processes.
 */
export async function atWork(
  server: ServerProcess,
  { runners, viewers: watching, launchEveryMs, appendEveryMs }: Scene,
): Promise<AtWork> {
  const { api } = server;
  const fleet = await Promise.all(
    Array.from({ length: runners }, (_item, index) => BusyRunner.start(api, `bench-${index}`)),
  );
  const runIds = fleet.map(({ session }) => session.id);
  const viewers = await startViewers(api, runIds, watching);
  const peak = peakResident(server);
  // Everybody is there and waits.
  await delay(2_000);
  const sent = fleet.map((): number[] => []);
  const work = (ms: number) =>
    Promise.all([
      launchRuns(api, fleet, Math.round(ms / launchEveryMs), launchEveryMs),
      appendEvents(api, fleet, sent, Math.round(ms / appendEveryMs), appendEveryMs),
    ]);
  await work(rehearsalMs);
  await serverStandStill(api);
  const disk = watchDisk();
  const own = watchOwnStandStill();

  const began = now();
  const [claims] = await work(workMs);
  const { byRun, disordered, stoodStillMs } = await viewers.finish(sent.map((times) => times.length));
  const stood = [own(), stoodStillMs, await serverStandStill(api), await disk()].map((ms) => ms.toFixed(0));
  // What a caller waited for is ours only where none of these stood still.
  console.log(
    `      longest stand-still, ms: runners ${stood[0]}, viewers ${stood[1]}, server ${stood[2]}; longest wait for the disk ${stood[3]}`,
  );
  const resident = peak.stop();
  for (const runner of fleet) runner.stop();

  const tails = byRun.flatMap((seen, run) =>
    seen.flatMap(([seq, at]) => {
      const from = sent[run]?.[seq - 1] ?? at;
      return from < began ? [] : [at - from];
    }),
  );
  const due = sent.reduce((sum, times, run) => sum + times.length * watchersOf(run, runners, watching), 0);
  return { claims, tails, missed: due - total(byRun), disordered, resident };
}

/** How many of the viewers watch the session of that index. */
const watchersOf = (index: number, sessions: number, viewers: number) =>
  Math.floor(viewers / sessions) + (index < viewers % sessions ? 1 : 0);

const total = (lists: unknown[][]) => lists.reduce((count, list) => count + list.length, 0);

/** @returns ms from the POST of each run until its runner had it */
function launchRuns(api: Api, fleet: BusyRunner[], count: number, everyMs: number): Promise<number[]> {
  const claimed = new Map<string, (at: number) => void>();
  const early = new Map<string, number>();
  for (const runner of fleet) {
    runner.onClaim = (runId, at) => {
      // The claim may overtake the answer to the POST.
      const waiting = claimed.get(runId);
      if (waiting) waiting(at);
      else early.set(runId, at);
    };
  }
  return atPace(count, everyMs, async () => {
    const began = now();
    const { id } = await launch(api);
    const at = early.get(id) ?? (await new Promise<number>((resolve) => claimed.set(id, resolve)));
    return at - began;
  });
}

/** Appends to the sessions in turns, and notes in `sent` when each event was sent, by session and seq. */
async function appendEvents(
  api: Api,
  fleet: BusyRunner[],
  sent: number[][],
  count: number,
  everyMs: number,
): Promise<void> {
  const before: Promise<unknown>[] = [];
  await atPace(count, everyMs, async (n) => {
    const index = n % fleet.length;
    const session = fleet[index]?.session;
    const times = sent[index];
    if (!session || !times) throw new Error('no session');
    const append = async () => {
      // A runner sends the events of a session one after another: they count up.
      await before[index];
      const seq = times.push(now());
      await api.post(`/runs/${session.id}/events`, { token: session.token, events: [eventOf(seq)] });
    };
    before[index] = append();
    await before[index];
  });
}

/** Starts one after another at a steady pace, whether or not the one before has ended. */
async function atPace<Result>(
  count: number,
  everyMs: number,
  work: (n: number) => Promise<Result>,
): Promise<Result[]> {
  const running: Promise<Result>[] = [];
  const began = now();
  for (let n = 0; n < count; n += 1) {
    running.push(work(n));
    await delay(Math.max(0, began + (n + 1) * everyMs - now()));
  }
  return Promise.all(running);
}

/** The most memory that the server holds until `stop`, MB; undefined where the system does not tell. */
function peakResident(server: ServerProcess): { stop(): number | undefined } {
  let most: number | undefined;
  const looking = setInterval(async () => {
    const resident = await server.resident();
    if (resident !== undefined) most = Math.max(most ?? 0, resident);
  }, 500);
  return {
    stop() {
      clearInterval(looking);
      return most;
    },
  };
}

import { setTimeout as delay } from 'node:timers/promises';
import type { Api } from '../api.js';
import { absolute, type Row } from '../report.js';
import { type ServerProcess, startServerProcess } from '../server-process.js';
import { eventOf, launch } from '../sessions.js';
import { median, quantile } from '../statistics.js';
import { now } from './clock.js';
import { BusyRunner } from './runner.js';
import { serverStandStill, watchDisk, watchOwnStandStill } from './stand-still.js';
import { startViewers } from './viewers-process.js';

const runners = 200;
const viewersOfEach = 5;
/** Runs posted and events appended while all of them watch, and the time between two of them, ms. */
const launches = 600;
const launchEveryMs = 50;
const appends = 2_500;
const appendEveryMs = 12;
/** For how long the same goes on before, ms: a server that has just started still compiles what it runs. */
const rehearsalMs = 10_000;

/**
 * A fleet at work on one server: 200 runners poll, send heartbeats, and have a session each that five viewers watch.
 * From the POST of a run until its runner has it, and from the append of an event until each viewer has seen it. The
 * server, the runners and the viewers are three processes; with PostgreSQL they share the machine.
 */
export async function* load(): AsyncGenerator<Row> {
  const server = await startServerProcess();
  try {
    const { api } = server;
    const fleet = await Promise.all(
      Array.from({ length: runners }, (_item, index) => BusyRunner.start(api, `bench-${index}`)),
    );
    const runIds = fleet.map(({ session }) => session.id);
    const viewers = await startViewers(api, runIds, viewersOfEach);
    const peak = peakResident(server);
    // Everybody is there and waits.
    await delay(2_000);
    const sent = fleet.map((): number[] => []);
    const work = (share: number) =>
      Promise.all([
        launchRuns(api, fleet, share * launches),
        appendEvents(api, fleet, sent, Math.round(share * appends)),
      ]);
    await work(rehearsalMs / (launches * launchEveryMs));
    await serverStandStill(api);
    const disk = watchDisk();
    const own = watchOwnStandStill();

    const began = now();
    const [claims] = await work(1);
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
    const scene = `${runners} runners, ${runners * viewersOfEach} viewers`;
    yield absolute(`POST of a run to its claim, ${scene}, median`, 'ms', median(claims), '<=', 5);
    yield absolute(`POST of a run to its claim, ${scene}, p99`, 'ms', quantile(claims, 0.99), '<=', 25);
    yield absolute(`append to a viewer, ${scene}, median`, 'ms', median(tails), '<=', 5);
    yield absolute(`append to a viewer, ${scene}, p99`, 'ms', quantile(tails, 0.99), '<=', 30);
    const missed = viewersOfEach * total(sent) - total(byRun);
    yield absolute('events that a viewer missed', 'events', missed, '<=', 0);
    yield absolute('viewers that saw one twice or out of turn', 'viewers', disordered, '<=', 0);
    if (resident !== undefined) yield absolute(`server, most resident, ${scene}`, 'MB', resident, '<=', 300);
  } finally {
    await server.stop();
  }
}

const total = (lists: unknown[][]) => lists.reduce((count, list) => count + list.length, 0);

/** @returns ms from the POST of each run until its runner had it */
function launchRuns(api: Api, fleet: BusyRunner[], count: number): Promise<number[]> {
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
  return atPace(count, launchEveryMs, async () => {
    const began = now();
    const { id } = await launch(api);
    const at = early.get(id) ?? (await new Promise<number>((resolve) => claimed.set(id, resolve)));
    return at - began;
  });
}

/** Appends to the sessions in turns, and notes in `sent` when each event was sent, by session and seq. */
async function appendEvents(api: Api, fleet: BusyRunner[], sent: number[][], count: number): Promise<void> {
  await atPace(count, appendEveryMs, async (n) => {
    const index = n % fleet.length;
    const session = fleet[index]?.session;
    const times = sent[index];
    if (!session || !times) throw new Error('no session');
    const seq = times.push(now());
    await api.post(`/runs/${session.id}/events`, { token: session.token, events: [eventOf(seq)] });
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

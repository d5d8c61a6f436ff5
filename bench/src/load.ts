import { setTimeout as delay } from 'node:timers/promises';
import type { ClaimedRun } from '@agentfleet/contract';
import { absolute, type Row } from './report.js';
import { type Api, startServerProcess } from './server-process.js';
import { claim, eventOf, launch, register, startSession } from './sessions.js';
import { median, quantile } from './statistics.js';

const runners = 200;
const viewersOfEach = 5;
/** Runs posted and events appended while all of them watch. */
const launches = 300;
const appends = 1_500;
/** Between two of them, ms: a fleet at work, not a flood. */
const launchEveryMs = 60;
const appendEveryMs = 12;

/**
 * A fleet on one server: every runner polls for runs while one session of it is watched by five viewers. From the
 * POST of a run until its runner has it, and from the append of an event until every viewer has seen it.
 */
export async function* load(): AsyncGenerator<Row> {
  const server = await startServerProcess();
  try {
    const { api } = server;
    const fleet = await Promise.all(
      Array.from({ length: runners }, async (_item, index) => {
        const id = await register(api, `bench-${index}`, 256);
        return { id, run: await startSession(api, id) };
      }),
    );
    const stopPolling = new AbortController();
    const claimed = new Map<string, (at: number) => void>();
    const polling = fleet.map(({ id, run }) => poll(api, id, run, claimed, stopPolling.signal));
    const sessions = await Promise.all(fleet.map(({ run }) => watched(api, run)));
    // Everybody is there and waits.
    await delay(2_000);

    const claims = time(launches, launchEveryMs, async () => {
      const began = performance.now();
      const { id } = await launch(api);
      return (await new Promise<number>((resolve) => claimed.set(id, resolve))) - began;
    });
    const tails = time(appends, appendEveryMs, (n) => {
      const session = sessions[n % sessions.length];
      if (!session) throw new Error('no session');
      return session.append();
    });
    const [claimTimes, tailTimes] = await Promise.all([claims, tails]);
    const resident = await server.resident();

    const scene = `${runners} runners, ${runners * viewersOfEach} viewers`;
    yield absolute(`POST of a run to its claim, ${scene}, median`, 'ms', median(claimTimes), '<=', 5);
    yield absolute(`POST of a run to its claim, ${scene}, p99`, 'ms', quantile(claimTimes, 0.99), '<=', 25);
    const seen = tailTimes.flat();
    yield absolute(`append to a viewer, ${scene}, median`, 'ms', median(seen), '<=', 5);
    yield absolute(`append to a viewer, ${scene}, p99`, 'ms', quantile(seen, 0.99), '<=', 30);
    yield absolute(
      'viewers that missed an event',
      'viewers',
      sessions.reduce((sum, one) => sum + one.missed(), 0),
      '<=',
      0,
    );
    if (resident !== undefined) yield absolute(`server, resident, ${scene}`, 'MB', resident, '<=', 300);
    stopPolling.abort();
    for (const session of sessions) session.close();
    void Promise.allSettled(polling);
  } finally {
    await server.stop();
  }
}

/** Claims again and again, as a runner with a session does; tells when each run came. */
async function poll(
  api: Api,
  runnerId: string,
  own: ClaimedRun,
  claimed: Map<string, (at: number) => void>,
  signal: AbortSignal,
): Promise<void> {
  const held = [own];
  while (!signal.aborted) {
    const { runs } = await claim(api, runnerId, 30, held).catch(() => ({ runs: [] }));
    const at = performance.now();
    for (const run of runs) {
      held.push(run);
      // The claim may overtake the answer to the POST.
      while (!claimed.has(run.id)) await delay(1);
      claimed.get(run.id)?.(at);
    }
  }
}

/** A session with its viewers. */
async function watched(api: Api, run: ClaimedRun) {
  let seq = 0;
  let waiting: { left: number; times: number[]; sent: number; done: (times: number[]) => void } | undefined;
  const seen = Array.from({ length: viewersOfEach }, () => 0);
  const close = await Promise.all(
    seen.map((_last, viewer) =>
      api.watch(run.id, (number) => {
        if (number !== (seen[viewer] ?? 0) + 1) throw new Error(`viewer saw ${number} after ${seen[viewer]}`);
        seen[viewer] = number;
        if (!waiting) return;
        waiting.times.push(performance.now() - waiting.sent);
        waiting.left -= 1;
        if (waiting.left === 0) waiting.done(waiting.times);
      }),
    ),
  );
  return {
    /** ms until each viewer has seen it. */
    async append(): Promise<number[]> {
      seq += 1;
      const all = new Promise<number[]>((done) => {
        waiting = { left: viewersOfEach, times: [], sent: performance.now(), done };
      });
      await api.call('POST', `/runs/${run.id}/events`, { token: run.token, events: [eventOf(seq)] });
      return all;
    },
    missed: () => seen.filter((last) => last !== seq).length,
    close: () => {
      for (const one of close) one();
    },
  };
}

/** Starts one after another at a steady pace, whether or not the one before has ended. */
async function time<Result>(
  count: number,
  everyMs: number,
  work: (n: number) => Promise<Result>,
): Promise<Result[]> {
  const running: Promise<Result>[] = [];
  const began = performance.now();
  for (let n = 0; n < count; n += 1) {
    running.push(work(n));
    await delay(Math.max(0, began + (n + 1) * everyMs - performance.now()));
  }
  return Promise.all(running);
}

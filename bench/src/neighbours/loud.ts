// The process behind loud-process.ts.
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { ClaimedRun } from '@agentfleet/contract';
import { Api } from '../api.js';
import { now } from '../load/clock.js';
import { claim, eventOf, launch, register, startSession } from '../sessions.js';
import type { Flood, Flooded } from './loud-process.js';

/** Least time between two appends of a session, as runners keep it, and between two heartbeats, ms. */
const betweenMs = 100;
const heartbeatMs = 10_000;
/** Sessions of one runner. */
const ofRunner = 20;

const flood = (await once(process, 'message'))[0] as Flood;
const api = new Api(flood.url, flood.key);
const done: Flooded = { events: 0, appends: 0, searches: 0, launches: 0, refused: 0 };
let stopped = false;

const runners = await Promise.all(
  Array.from({ length: Math.ceil(flood.sessions / ofRunner) }, (_one, nth) =>
    register(api, `loud-${nth}`, ofRunner + 1),
  ),
);
const sessions: [runnerId: string, session: ClaimedRun][] = [];
for (const runnerId of runners)
  for (let nth = 0; nth < ofRunner; nth += 1) sessions.push([runnerId, await startSession(api, runnerId)]);
const heldBy = (runnerId: string) => sessions.flatMap(([id, session]) => (id === runnerId ? [session] : []));
for (const runnerId of runners) {
  void forEver(() => claim(api, runnerId, 20, heldBy(runnerId)));
  void beat(runnerId);
}
for (const [, session] of sessions) void say(session, flood.eventsPerSec / sessions.length);
for (let nth = 0; nth < flood.searches; nth += 1) {
  void forEver(async () => {
    await api.get(`/runs?q=xylophone${nth}&limit=100`);
    done.searches += 1;
  });
}
for (let nth = 0; nth < flood.launches; nth += 1) {
  void forEver(async () => {
    await launch(api, { cwd: `/elsewhere/${nth}` });
    done.launches += 1;
  });
}
process.send?.('flooding');
await once(process, 'message');
stopped = true;
process.send?.(done);

/** Again and again; what is refused is tried when the server said, as honest clients do. */
async function forEver(work: () => Promise<unknown>): Promise<void> {
  while (!stopped) await tryIt(work);
}

async function tryIt(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (stopped) return true;
    const { message } = error as Error;
    if (!/^HTTP\/1\.1 (429|503)/.test(message)) throw error;
    done.refused += 1;
    const seconds = Number(/\r\nretry-after: (\d+)/i.exec(message)?.[1] ?? 1);
    await delay(seconds * 1_000 * (1 + Math.random() / 2));
    return false;
  }
}

/** Events of a session as they come: each request takes all that came meanwhile, as a runner's does. */
async function say({ id, token }: ClaimedRun, perSec: number): Promise<void> {
  await delay(Math.random() * betweenMs);
  const began = now();
  let seq = 0;
  while (!stopped) {
    const due = Math.min(Math.floor(((now() - began) / 1_000) * perSec), seq + 500);
    if (due > seq) {
      const events = Array.from({ length: due - seq }, (_one, more) => eventOf(seq + 1 + more));
      const sent = await tryIt(() => api.post(`/runs/${id}/events`, { token, events }));
      if (!sent) continue;
      done.events += events.length;
      done.appends += 1;
      seq = due;
    }
    await delay(betweenMs);
  }
}

async function beat(runnerId: string): Promise<void> {
  const leases = heldBy(runnerId).map(({ id, token }) => ({ runId: id, token }));
  while (!stopped) {
    await tryIt(() =>
      api.post(`/runners/${runnerId}/heartbeat`, { leases, acknowledged: [], draining: false }),
    );
    await delay(heartbeatMs);
  }
}

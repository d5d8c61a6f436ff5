// The process behind viewers-process.ts.
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Api } from '../api.js';
import { now } from './clock.js';
import { watchOwnStandStill } from './stand-still.js';
import type { Seen, Watch } from './viewers-process.js';

const patienceMs = 10_000;

const said = async <Message>() => (await once(process, 'message'))[0] as Message;
const say = (message: Seen | 'watching') => process.send?.(message);

const { url, key, runIds, count } = await said<Watch>();
const api = new Api(url, key);
const viewers: { run: number; last: number }[] = [];
const disordered = new Set<object>();
const seen: Pick<Seen, 'byRun'> = { byRun: runIds.map(() => []) };

await Promise.all(
  Array.from({ length: count }, (_item, index) => {
    const run = index % runIds.length;
    const viewer = { run, last: 0 };
    viewers.push(viewer);
    return api.watch(runIds[run] ?? '', (seq) => {
      seen.byRun[run]?.push([seq, now()]);
      if (seq !== viewer.last + 1) disordered.add(viewer);
      viewer.last = seq;
    });
  }),
);
say('watching');
const stoodStill = watchOwnStandStill();

const lastSeqs = await said<number[]>();
const deadline = now() + patienceMs;
while (now() < deadline && viewers.some(({ run, last }) => last < (lastSeqs[run] ?? 0))) await delay(20);
say({ ...seen, disordered: disordered.size, stoodStillMs: stoodStill() });

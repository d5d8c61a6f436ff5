import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { end, until } from '../../runner-core/e2e/fleet.js';
import { childrenOf } from '../../runner-core/e2e/program.js';
import { atWork, nameOf, type Scene } from './load/load.js';
import { absolute, type Row, relative } from './report.js';
import { residentOf, type ServerProcess, startEmbedded, startServerProcess } from './server-process.js';
import { median, quantile } from './statistics.js';

const checkout = join(import.meta.dirname, '../..');
const rounds = 3;
/** How long a server is left alone before its memory is read, ms. */
const idleMs = 10_000;
const smallFleet: Scene = { runners: 20, viewers: 50, launchEveryMs: 250, appendEveryMs: 50 };

/** What most people run: `npm start` of a built checkout on the embedded database, and a small fleet on it. */
export async function* embedded(): AsyncGenerator<Row> {
  const first: number[] = [];
  const later: number[] = [];
  let idle: number | undefined;
  for (let round = 0; round < rounds; round += 1) {
    await inFolder(async (folder) => {
      const fresh = await npmStart(folder);
      first.push(fresh.servesAfterMs);
      await fresh.stop();
      const again = await npmStart(folder);
      later.push(again.servesAfterMs);
      if (round === 0) {
        await delay(idleMs);
        idle = await again.resident();
      }
      await again.stop();
    });
  }
  yield absolute('first npm start to serving', 'ms', median(first), '<=', 3_000);
  yield absolute('later npm start to serving', 'ms', median(later), '<=', 4_000);
  if (idle !== undefined) yield absolute('resident while idle', 'MB', idle, '<=', 200);

  const ours = await inFolder(async (folder) => workOn(await startEmbedded(folder)));
  const peer = await workOn(await startServerProcess());
  const scene = nameOf(smallFleet);
  const beside = (name: string, of: 'claims' | 'tails', figure: (times: number[]) => number) =>
    relative(`${name}, beside PostgreSQL`, 'ms', { ours: figure(ours[of]), peer: figure(peer[of]) }, '<=', 3);
  const p99 = (times: number[]) => quantile(times, 0.99);
  yield beside(`POST of a run to its claim, ${scene}, median`, 'claims', median);
  yield beside(`POST of a run to its claim, ${scene}, p99`, 'claims', p99);
  yield beside(`append to a viewer, ${scene}, median`, 'tails', median);
  yield beside(`append to a viewer, ${scene}, p99`, 'tails', p99);
  yield absolute('events that a viewer missed', 'events', ours.missed, '<=', 0);
  yield absolute('viewers that saw one twice or out of turn', 'viewers', ours.disordered, '<=', 0);
  const { resident } = ours;
  if (resident !== undefined) yield absolute(`most resident, ${scene}`, 'MB', resident, '<=', 300);
}

function workOn(server: ServerProcess) {
  return atWork(server, smallFleet).finally(() => server.stop());
}

async function inFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'agentfleet-bench-'));
  return work(folder).finally(() => rm(folder, { recursive: true, maxRetries: 5 }));
}

interface Started {
  /** From the command to the line that says so, ms. */
  servesAfterMs: number;
  /** Of the server, without npm and the local runner, MB; undefined where the system does not tell. */
  resident(): Promise<number | undefined>;
  stop(): Promise<void>;
}

async function npmStart(folder: string): Promise<Started> {
  const { AGENTFLEET_API_KEY: _key, DATABASE_URL: _url, ...inherited } = process.env;
  const env = { ...inherited, AGENTFLEET_DATA_DIR: join(folder, 'data'), HOME: folder, PORT: '0' };
  const began = performance.now();
  const npm = spawn('npm', ['start'], { cwd: checkout, env, stdio: ['ignore', 'pipe', 'ignore'] });
  process.once('exit', () => npm.kill());
  let said = '';
  npm.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  await until(() => {
    if (npm.exitCode !== null) throw new Error(`npm start ended with ${npm.exitCode}:\n${said}`);
    return said.includes('serving at');
  });
  return {
    servesAfterMs: performance.now() - began,
    resident: () => residentOf(childrenOf(npm.pid ?? 0)[0]),
    stop: () => end(npm, 'SIGTERM'),
  };
}

import { execFileSync } from 'node:child_process';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { end, Fleet } from '../../runner-core/e2e/fleet.js';
import { startModelServer, text } from '../../runner-core/e2e/model-server.js';
import { absolute, type Row } from './report.js';
import { timed } from './session.js';
import { median } from './statistics.js';

const file = join(import.meta.dirname, '../../runner/agentfleet-runner.mjs');
/** How long the idle daemon is watched, ms. */
const idleMs = 62_000;

/** The daemon by itself: its size, how soon it is online, and what it costs when nothing happens. */
export async function* daemon(): AsyncGenerator<Row> {
  yield absolute('daemon, file', 'KB', (await stat(file)).size / 1_000, '<=', 500);
  const model = await startModelServer(() => [text('done')]);
  const fleet = await Fleet.start(model);
  try {
    const starts: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      starts.push(await timed(async () => execFileSync(process.execPath, [file, '--version'])));
    }
    yield absolute('daemon, start', 'ms', median(starts), '<=', 400);
    yield* beginnings(fleet);
    await end(fleet.daemon, 'SIGTERM');
    await fleet.startDaemon();
    const before = requests(fleet);
    await delay(idleMs);
    yield absolute(
      'daemon, requests while idle',
      'requests/min',
      ((requests(fleet) - before) * 60_000) / idleMs,
      '<=',
      4,
    );
    if (process.platform === 'linux') {
      const status = await readFile(`/proc/${fleet.daemon?.pid}/status`, 'utf8');
      const resident = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1_000;
      yield absolute('daemon, resident while idle', 'MB', resident, '<=', 80);
    }
  } finally {
    await fleet.close();
    await model.close();
  }
}

/**
 * From the enqueue until the daemon, which has the run then, says that it starts, by the database's clock. The claim alone
 * would say nothing of the daemon: where one waits, a new run is stored as claimed.
 */
async function* beginnings(fleet: Fleet): AsyncGenerator<Row> {
  const waits: number[] = [];
  for (let round = 0; round < 20; round += 1) {
    const cwd = join(fleet.allowed, `claim-${round}`);
    await mkdir(cwd);
    const { id } = await fleet.launch({ cwd });
    const run = await fleet.ended(id);
    waits.push(Date.parse(run.startedAt ?? '') - Date.parse(run.createdAt));
  }
  yield absolute('daemon, enqueue to start, median', 'ms', median(waits), '<=', 50);
}

/** Requests of runners that the server has logged so far. */
function requests(fleet: Fleet): number {
  return fleet.said.split('"route":"/api/v1/runners/').length - 1;
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { claude, Fleet } from '../../runner-core/e2e/fleet.js';
import { modelServerEnvironment, startModelServer, text } from '../../runner-core/e2e/model-server.js';
import { type Row, relative } from './report.js';
import { median } from './statistics.js';

const sessions = 12;

/** What AgentFleet adds to a session: POST to SUCCEEDED, beside the same `claude -p` run bare, in turns. */
export async function* session(): AsyncGenerator<Row> {
  const model = await startModelServer(() => [text('done')]);
  const fleet = await Fleet.start(model);
  try {
    const bareDirectory = join(fleet.allowed, 'bare');
    await mkdir(bareDirectory);
    const environment = { PATH: process.env.PATH, ...modelServerEnvironment(model.url, bareDirectory) };
    const bare = async () => {
      const child = spawn(claude, ['-p', '--output-format', 'json', 'say done'], {
        cwd: bareDirectory,
        env: environment,
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      await once(child, 'exit');
    };
    const ours = async () => {
      const { id } = await fleet.launch({ prompt: 'say done' });
      const { status } = await fleet.followed(id);
      if (status !== 'SUCCEEDED') throw new Error(`the session ended ${status}`);
    };
    await bare();
    await ours();
    const times = { ours: [] as number[], peer: [] as number[] };
    for (let round = 0; round < sessions; round += 1) {
      times.peer.push(await timed(bare));
      times.ours.push(await timed(ours));
    }
    const figures = { ours: median(times.ours), peer: median(times.peer) };
    yield relative('session, POST to SUCCEEDED, beside bare claude -p', 'ms', figures, '<=', 1.25);
  } finally {
    await fleet.close();
    await model.close();
  }
}

/** ms. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { startTestPostgres } from '@agentfleet/server';
import { end } from '../../../runner-core/e2e/fleet.js';
import { Api } from '../api.js';
import { processorMsOf } from '../processor-times.js';
import { residentOf, type ServerProcess } from '../server-process.js';

/** A bare pipeline of the same shape as ours, as a process of its own, on a real PostgreSQL: what the machine gives at that moment. */
export async function startFloor(): Promise<ServerProcess> {
  const postgres = await startTestPostgres();
  const child = fork(join(import.meta.dirname, 'floor.js'), {
    env: { PATH: process.env.PATH, DATABASE_URL: postgres.url },
  });
  const [port] = await once(child, 'message');
  return {
    api: new Api(`http://127.0.0.1:${port}`, 'none'),
    resident: () => residentOf(child.pid),
    processorMs: () => processorMsOf(child.pid),
    async stop() {
      await end(child, 'SIGTERM');
      await postgres.stop();
    },
  };
}

import { CreateRun } from '@agentfleet/contract';
import { createQueue, newId, openDatabase } from '@agentfleet/server';
import { finishOf, machine } from '../sessions.js';
import { run } from '../sql.js';
import { concurrency, type Round, rehearsal } from './queue.js';
import { Stopwatch } from './stopwatch.js';

const patient = new AbortController().signal;

/** Sixteen runners claim one run and finish it, again and again, on the queue module. */
export async function ourQueue({ url, jobs, backlog }: Round): Promise<number> {
  const database = await openDatabase({ url, dataDir: null });
  try {
    const queue = createQueue(database);
    const orgId = newId('org_');
    await database.prisma.org.create({ data: { id: orgId, name: 'bench' } });
    const runners = await Promise.all(
      Array.from({ length: concurrency }, (_item, index) =>
        queue.register(orgId, machine(`bench-${index}`, 4)),
      ),
    );
    const request = CreateRun.parse({ prompt: 'x', cwd: '/code/a', sharedCwd: true });
    const { id } = await queue.enqueue(orgId, request);
    await copyRun(url, id, rehearsal + jobs + backlog - 1);
    const work = async (runnerId: string, watch: Stopwatch) => {
      while (watch.left > 0) {
        const idle = { leases: [], acknowledged: [], draining: false, slots: 1, waitSec: 0 };
        const { runs } = await queue.claim(orgId, runnerId, idle, patient);
        for (const claimed of runs) {
          await queue.finish(orgId, claimed.id, finishOf(claimed.token));
          watch.tick();
        }
      }
    };
    const all = async (count: number) => {
      const watch = new Stopwatch(count);
      await Promise.all(runners.map((runner) => work(runner.id, watch)));
      return watch.done;
    };
    await all(rehearsal - concurrency);
    await run(url, 'VACUUM ANALYZE');
    return await all(jobs - concurrency);
  } finally {
    await database.close();
  }
}

/** Queues many runs like one that is there, in one statement. */
function copyRun(url: string, id: string, count: number): Promise<void> {
  return run(
    url,
    `INSERT INTO runs (id, org_id, input, cwd, cwd_key, permission_mode, labels, shared_cwd, thread_id, lane)
     SELECT 'clr' || lpad(n::text, 12, '0') || substr(md5(random()::text), 1, 8), org_id, input, cwd, cwd_key,
       permission_mode, labels, shared_cwd, 'clr' || n || id, lane
     FROM runs, generate_series(1, $2::int) AS n WHERE id = $1`,
    [id, count],
  );
}

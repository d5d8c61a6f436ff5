import PgBoss from 'pg-boss';
import { run } from '../sql.js';
import { concurrency, type Round, rehearsal } from './queue.js';
import { Stopwatch } from './stopwatch.js';

/** Most jobs that one call of its may insert. */
const insertOf = 5_000;

/** pg-boss: sixteen loops that fetch one job and complete it. */
export async function pgBoss({ url, jobs, backlog }: Round): Promise<number> {
  const boss = new PgBoss({ connectionString: url, max: concurrency });
  boss.on('error', () => undefined);
  await boss.start();
  await boss.createQueue('bench');
  for (let left = rehearsal + jobs + backlog; left > 0; left -= insertOf) {
    const some = Array.from({ length: Math.min(left, insertOf) }, (_item, n) => ({
      name: 'bench',
      data: { n },
    }));
    await boss.insert(some);
  }
  const all = async (count: number) => {
    const watch = new Stopwatch(count);
    await Promise.all(
      Array.from({ length: concurrency }, async () => {
        while (watch.left > 0) {
          for (const { id } of await boss.fetch('bench')) {
            await boss.complete('bench', id);
            watch.tick();
          }
        }
      }),
    );
    return watch.done;
  };
  await all(rehearsal - concurrency);
  await run(url, 'VACUUM ANALYZE');
  const rate = await all(jobs - concurrency);
  await boss.stop({ graceful: false });
  return rate;
}

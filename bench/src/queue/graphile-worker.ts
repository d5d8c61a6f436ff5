import { Logger, makeWorkerUtils, runMigrations, run as runWorker } from 'graphile-worker';
import { run } from '../sql.js';
import { concurrency, type Round, rehearsal } from './queue.js';
import { Stopwatch } from './stopwatch.js';

/** graphile-worker with its default settings: tasks that do nothing. */
export async function graphileWorker({ url, jobs, backlog }: Round): Promise<number> {
  await runMigrations({ connectionString: url });
  const utils = await makeWorkerUtils({ connectionString: url });
  await utils.withPgClient((client) =>
    client.query(
      `SELECT graphile_worker.add_job('bench', json_build_object('n', n)) FROM generate_series(1, $1::int) n`,
      [rehearsal + jobs + backlog],
    ),
  );
  await utils.release();
  const all = async (count: number) => {
    const watch = new Stopwatch(count);
    const runner = await runWorker({
      connectionString: url,
      concurrency,
      noHandleSignals: true,
      logger: new Logger(() => () => undefined),
      taskList: { bench: () => watch.tick() },
    });
    const rate = await watch.done;
    await runner.stop();
    return rate;
  };
  await all(rehearsal - concurrency);
  await run(url, 'VACUUM ANALYZE');
  return all(jobs - concurrency);
}

import type { Queue as Overview, Run } from '@agentfleet/contract';
import type { Database, Statement } from '../db/database.js';
import { notFound } from '../errors.js';
import { cancel } from './cancel.js';
import { claim, heartbeat } from './claim.js';
import { deleteRun } from './delete-run.js';
import { Dispatchers } from './dispatch/dispatchers.js';
import { enqueue, followUp } from './enqueue.js';
import { explain } from './explain.js';
import { Finisher, type OnEnd, start } from './finish.js';
import { listRuns } from './list-runs.js';
import { ownPause, setPaused } from './pause.js';
import { defaultPolicy, type QueuePolicy } from './policy.js';
import { presentRun } from './present-run.js';
import type { Queue } from './queue.js';
import { registerAgain } from './register-again.js';
import { getRunner, listRunners, registerRunner, removeRunner } from './runners.js';
import { statusReader } from './status-reader.js';
import { sweep } from './sweep.js';
import { updateRun } from './update-run.js';

/** $1 org. */
const overviewOfQueue: Statement = {
  name: 'overview-of-queue',
  text: `
SELECT count(*) AS depth,
  (extract(epoch FROM now() - min(created_at)) * 1000)::bigint AS "oldestAgeMs",
  (SELECT count(*) FROM runners WHERE org_id = $1 AND polling_until > now()) AS "runnersPolling",
  (SELECT count(*) FROM runs WHERE org_id = $1 AND status IN ('CLAIMED', 'RUNNING')) AS running
FROM runs WHERE org_id = $1 AND status = 'QUEUED'`,
};

/** Hears of what goes through this server's queue. */
export interface QueueListener {
  /** A run was claimed so many ms after it was posted. */
  claimed?: (waitedMs: number) => void;
  /** A session was ended by its runner. */
  ended?: OnEnd;
}

/** The queue on a database. Several servers may run one each on the same database. */
export function createQueue(
  database: Database,
  policy: QueuePolicy = defaultPolicy,
  { claimed: onClaim = () => undefined, ended = () => undefined }: QueueListener = {},
): Queue {
  const claims = {
    database,
    policy,
    dispatchers: new Dispatchers({ database, leaseMs: policy.leaseMs, onClaim }),
  };
  const finisher = new Finisher(database, ended);
  return {
    enqueue: (orgId, request, id, launcher) => enqueue(claims, orgId, request, id, launcher),
    followUp: (orgId, parentRunId, request, id, launcher) =>
      followUp(database, orgId, parentRunId, request, id, launcher),
    update: (orgId, runId, request, by) => updateRun(database, orgId, runId, request, by),
    cancel: (orgId, runId, by) => cancel(database, orgId, runId, by),
    delete: (orgId, runId, cancelFirst, by) => deleteRun(database, orgId, runId, cancelFirst, by),
    get: (orgId, runId) => get(database, orgId, runId, policy),
    status: statusReader(database),
    list: (orgId, query, over) => listRuns(database, orgId, query, policy, over),
    async overview(orgId, over) {
      const [row] = await database.ask<Overview>(overviewOfQueue, [orgId], over);
      if (!row) throw new Error('An aggregate returned no row');
      return row;
    },

    async register(orgId, request, settle) {
      const registered = await database.transaction(async (tx) => {
        const runner = await registerRunner(tx, orgId, request, policy);
        return { ...runner, ...(await settle?.(tx, runner.id)) };
      });
      database.changes.runner(orgId, registered.id);
      return registered;
    },
    async registerAgain(orgId, request, own) {
      const registered = await registerAgain(database, orgId, request, own, policy);
      database.changes.runner(orgId, registered.id);
      return registered;
    },
    runners: (orgId, query, over) => listRunners(database, orgId, query, policy.onlineMs, over),
    runner: (orgId, runnerId, over) => getRunner(database, orgId, runnerId, policy.onlineMs, over),
    removeRunner: (orgId, runnerId, by) => removeRunner(database, orgId, runnerId, policy, by),
    async pause(orgId, runnerId, request, by) {
      await setPaused(database, orgId, runnerId, request, by);
      return getRunner(database, orgId, runnerId, policy.onlineMs);
    },
    async resume(orgId, runnerId, by) {
      await setPaused(database, orgId, runnerId, null, by);
      return getRunner(database, orgId, runnerId, policy.onlineMs);
    },
    pauseOwn: (orgId, runnerId, request) => ownPause(database, orgId, runnerId, request),

    heartbeat: (orgId, runnerId, request) => heartbeat(claims, orgId, runnerId, request),
    claim: (orgId, runnerId, request, signal, asked) =>
      claim(claims, orgId, runnerId, request, signal, asked),
    start: (orgId, runId, request, byRunner = null) =>
      start(database, orgId, runId, request, policy, byRunner),
    finish: (orgId, runId, request, byRunner = null) => finisher.finish({ orgId, runId, request, byRunner }),
    sweep: () => sweep(database, policy),
  };
}

async function get(database: Database, orgId: string, runId: string, policy: QueuePolicy): Promise<Run> {
  const run = await database.prisma.run.findFirst({ where: { id: runId, orgId, deletedAt: null } });
  if (!run) throw notFound('run');
  const presented = presentRun(run);
  return run.status === 'QUEUED' ? { ...presented, queue: await explain(database, run, policy) } : presented;
}

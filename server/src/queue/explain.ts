import type { QueuePlace } from '@agentfleet/contract';
import type { Database, Statement } from '../db/database.js';
import type { Run as StoredRun } from '../db/generated/client.js';
import type { QueuePolicy } from './policy.js';
import { eligibleFor, holderOf, readSituation, whyQueued } from './why-queued.js';

/** $1 org, $2 queue priority, $3 queue order, $4 pinned runner or null. Counts to 10,000 at most. */
const runsAhead: Statement = {
  name: 'explain-runs-ahead',
  text: `
SELECT count(*) AS ahead FROM (
  SELECT FROM runs WHERE org_id = $1 AND status = 'QUEUED' AND ready
    AND (queue_priority > $2 OR (queue_priority = $2 AND queue_order < $3))
    AND (NOT pinned OR $4::text IS NULL OR runner_id = $4)
  LIMIT 10000) ahead`,
};

/** Why a queued run waits, in a code and a sentence, and how many runs go before it. */
export async function explain(database: Database, run: StoredRun, policy: QueuePolicy): Promise<QueuePlace> {
  const situation = await readSituation(database, run.orgId, [run], policy);
  const [order] = await database.ask<{ ahead: number }>(runsAhead, [
    run.orgId,
    run.queuePriority,
    Number(run.queueOrder),
    run.pinned ? run.runnerId : null,
  ]);
  const why = whyQueued(run, situation);
  return {
    ...why,
    ...(why.reason === 'directory_busy' && { heldBy: holderOf(run, situation) }),
    position: (order?.ahead ?? 0) + 1,
    eligibleRunners: eligibleFor(run, situation).length,
  };
}

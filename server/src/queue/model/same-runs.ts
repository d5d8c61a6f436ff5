import type { Database } from '../../db/database.js';
import { isActive, type QueueModel } from './queue-model.js';

/** Every run of the org, and its log, as the model has them. */
export async function sameRuns(model: QueueModel, database: Database, orgId: string): Promise<void> {
  const stored = {
    name: 'model-runs',
    text: `SELECT r.id, r.status, r.runner_id AS "runnerId", r.attempt, r.last_seq AS "lastSeq", r.ready,
      r.failure_code AS failure, r.lease_expires_at > now() AS leased,
      r.lost_at IS NOT NULL AS lost,
      ARRAY(SELECT e.message FROM events e WHERE e.run_id = r.id ORDER BY e.seq) AS log
      FROM runs r WHERE r.org_id = $1 ORDER BY r.queue_order`,
  };
  const expected = model.runs.map((run) => ({
    id: run.id,
    status: run.status,
    runnerId: run.runner?.id ?? null,
    attempt: run.attempts.length,
    lastSeq: run.log.length,
    ready: run.ready,
    failure: run.failure ?? null,
    leased: isActive(run) ? run.silence === 'none' : null,
    lost: run.lost,
    log: run.log,
  }));
  same(await database.query(stored, [orgId]), expected, 'the runs');
}

/** @throws {Error} that says both, when they differ */
export function same(real: unknown, expected: unknown, what: string): void {
  const [one, other] = [JSON.stringify(real), JSON.stringify(expected)];
  if (one !== other) throw new Error(`${what}: is ${one}, the model says ${other}`);
}

import type { Command, Platform } from '@agentfleet/contract';
import type { Statement } from '../../db/database.js';
import { notAwaited } from '../../db/not-awaited.js';
import { askedRunner, directoryIsBusy } from './asked-runner.js';
import { claimedColumns, claimedRun, type TakenRun } from './claimed-run.js';
import { openCommands } from './open-commands.js';

/** Whether a runner that asks holds an attempt of such a run that was given up. @param which SQL, `lost` is the run */
const lostAndBack = (which: string) => `EXISTS (
        SELECT FROM runs lost
        WHERE ${which} AND lost.attempt_token = ANY ($6::text[]) AND lost.attempt_outcome = 'lost' OFFSET 0)`;

/**
 * The claim, in one statement whoever else claims at the same time: notes that runners poll, gives them runs, each run
 * once, and reads how they stood before. Of what the pairs ask for it does what is right at this moment: the run is
 * still queued; the runner is what it was taken for (`facts`), is not paused, and may take the run; no other session of
 * the runner works in its directory (unless both share it); neither the runner nor the org passes its limit; the
 * runner gets no more than it asked for, those counted that it was given before and does not know of. What two claims at
 * once could still get wrong, the unique indexes runs_one_active_in_thread and runs_one_active_in_directory refuse
 * (23505, or 40P01 when two wait for one another there): look again.
 *
 * The disk is not waited for: a claim that a crash of the database forgets is a run that never started, for the
 * start is waited for and makes everything before it durable too.
 *
 * $1 org; of the runners that ask, each once, in order of id, so that two servers never wait for one another: $2 ids,
 * $3 draining, $4 for how many ms the claim is open, $5 how many runs it asks for; $6 tokens that the runners know or
 * are about to be told of; of pairs, in order of the queue: $7 runs, $8 runners, $9 tokens, $10 facts; $11 lease in ms;
 * $12 how many ms ago the runners named all that they hold, or null.
 * Rows: a ClaimRow for each runner that exists, one for each run that it got, in order of the queue.
 */
export const claimRuns: Statement = {
  name: 'claim-runs',
  text: `
WITH ${notAwaited},
asked AS (
  SELECT * FROM unnest($2::text[], $3::boolean[], $4::int[], $5::int[], $12::int[])
    AS asked(id, draining, wait_ms, slots, told_ms)
  LIMIT cardinality($2) -- db/plan-once.ts
),
${askedRunner({
  org: '$1',
  known: '$6',
  more: `, asked.draining, asked.wait_ms, asked.told_ms,
    -- A busy runner claims many times a second: once a second is enough to be seen.
    r.last_seen_at < now() - interval '1 s' OR r.draining <> asked.draining
    OR COALESCE(r.told_at, 'epoch') < now() - (asked.told_ms + 1000) * interval '1 ms' OR (asked.wait_ms > 0
      AND COALESCE(r.polling_until < now() + (asked.wait_ms - 1000) * interval '1 ms', true)) AS unseen`,
})},
touched AS (
  UPDATE runners r SET last_seen_at = now(), draining = runner.draining,
    told_at = GREATEST(r.told_at, now() - runner.told_ms * interval '1 ms'),
    polling_until = GREATEST(r.polling_until, now() + runner.wait_ms * interval '1 ms')
  FROM runner, not_awaited WHERE runner.unseen AND r.id = runner.id
),
pairs AS (
  SELECT * FROM unnest($7::text[], $8::text[], $9::text[], $10::text[]) WITH ORDINALITY
    AS pair(run_id, runner_id, token, facts, place)
  LIMIT cardinality($7)
),
locked AS (
  SELECT q.id, runner.slots, pairs.runner_id, pairs.token, pairs.place
  FROM pairs JOIN runner ON runner.id = pairs.runner_id AND runner.facts = pairs.facts AND NOT runner.paused
    JOIN runs q ON q.id = pairs.run_id
  WHERE q.org_id = $1 AND q.status = 'QUEUED' AND q.ready AND (NOT q.pinned OR q.runner_id = pairs.runner_id)
    AND NOT ${directoryIsBusy({ org: '$1', cwdKey: 'q.cwd_key', sharedCwd: 'q.shared_cwd' })}
    -- A lost run that came back is completed first: what follows it would make its end stale.
    AND (q.parent_run_id IS NULL OR NOT (
      ${lostAndBack('lost.id = q.thread_id')}
      OR ${lostAndBack('lost.thread_id = q.thread_id AND lost.parent_run_id IS NOT NULL')}))
  FOR NO KEY UPDATE OF q SKIP LOCKED
),
waiting AS MATERIALIZED (
  SELECT CASE WHEN cardinality($7) = 0
    THEN EXISTS (SELECT FROM runs q WHERE q.org_id = $1 AND q.status = 'QUEUED' AND q.ready) END AS any
),
counted AS (
  SELECT *, row_number() OVER (PARTITION BY runner_id ORDER BY place) AS of_runner,
    row_number() OVER (ORDER BY place) AS of_org
  FROM locked
),
claimed AS (
  UPDATE runs r SET
    status = 'CLAIMED', runner_id = counted.runner_id, attempt = r.attempt + 1, attempt_token = counted.token,
    attempt_outcome = NULL, attempt_first_seq = r.last_seq + 1, log_checksum = 0,
    lease_expires_at = now() + $11 * interval '1 ms', claimed_at = now()
  FROM counted
  WHERE r.id = counted.id AND counted.of_runner <= counted.slots AND counted.of_org <= (
    SELECT CASE WHEN org.most IS NULL THEN 2147483647 ELSE org.most - (
      SELECT count(*) FROM runs a WHERE a.org_id = $1 AND a.status IN ('CLAIMED', 'RUNNING')) END
    FROM org)
  RETURNING ${claimedColumns}, r.queue_priority, r.queue_order
)
SELECT runner.id AS "askedId", runner.paused_at AS "pausedAt", runner.platform, runner.directory_keys AS "directoryKeys",
  runner.permission_modes AS "permissionModes", runner.max_concurrent_runs AS "maxConcurrentRuns",
  runner.org_limit AS "orgLimit", runner.facts, runner.active,
  ${openCommands('runner.id')} AS commands, waiting.any AS "runsWait",
  ${claimedRun}
FROM not_awaited CROSS JOIN waiting CROSS JOIN runner LEFT JOIN claimed r ON r.runner_id = runner.id
ORDER BY r.queue_priority DESC, r.queue_order`,
};

/** What decides on the claims of a runner. */
export interface RunnerState {
  runnerId: string;
  pausedAt: Date | null;
  platform: Platform;
  directoryKeys: string[];
  permissionModes: string[];
  maxConcurrentRuns: number;
  /** Most runs of the org at once; null without a limit. */
  orgLimit: number | null;
  /** Another when platform, directories, modes or the org's limit are. */
  facts: string;
  /** Null when there is none. */
  active: ActiveRun[] | null;
  commands: Command[] | null;
}
export interface ActiveRun {
  runId: string;
  cwdKey: string;
  sharedCwd: boolean;
  status: 'CLAIMED' | 'RUNNING';
  token: string;
  /** Somebody watches it live. */
  watched: boolean;
}
/** How a runner stood before the claim, and a run that it got, if any: then `id` is not null. */
export type ClaimRow = Omit<RunnerState, 'runnerId'> & {
  askedId: string;
  /** Whether any run of the org waits in the queue; null when the claim asked for some. */
  runsWait: boolean | null;
} & (TakenRun | { id: null });

/** Takes turns on the claims of an org that has a limit, so that together they never pass it. $1 org. */
export const lockOrg: Statement = {
  name: 'lock-org',
  text: 'SELECT id FROM orgs WHERE id = $1 FOR NO KEY UPDATE',
};

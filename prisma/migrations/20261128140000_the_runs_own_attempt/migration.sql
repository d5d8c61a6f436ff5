-- The attempt that a run is at stands in the run: claiming, starting, writing and finishing are one row each, not two.
-- `attempts` keeps those that were given up and followed by another.
--
-- Since every run is written anew for that, its columns get an order: what has one size and is always there, then what the
-- hot statements and the indexes read, then the rest. A column costs what stands before it.
ALTER TABLE "runs" RENAME TO "runs_before";
ALTER TABLE "commands" DROP CONSTRAINT "commands_run_id_fkey";
ALTER TABLE "approvals" DROP CONSTRAINT "approvals_run_id_fkey";

CREATE TABLE "runs" (
  "queue_order" BIGINT NOT NULL DEFAULT nextval('runs_queue_order_seq'),
  "last_seq" BIGINT NOT NULL DEFAULT 0,
  "attempt_first_seq" BIGINT NOT NULL DEFAULT 1,
  "log_checksum" BIGINT NOT NULL DEFAULT 0,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "queued_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "status" "RunStatus" NOT NULL DEFAULT 'QUEUED',
  "attempt" INTEGER NOT NULL DEFAULT 0,
  "attempts_started" INTEGER NOT NULL DEFAULT 0,
  "max_attempts" INTEGER NOT NULL DEFAULT 1,
  "priority" INTEGER NOT NULL DEFAULT 0,
  "queue_priority" INTEGER NOT NULL DEFAULT 0,
  "approval_sec" INTEGER NOT NULL DEFAULT 600,
  "approvals_waiting" INTEGER NOT NULL DEFAULT 0,
  "ready" BOOLEAN NOT NULL DEFAULT true,
  "pinned" BOOLEAN NOT NULL DEFAULT false,
  "shared_cwd" BOOLEAN NOT NULL DEFAULT false,
  "id" TEXT COLLATE "C" NOT NULL,
  "org_id" TEXT COLLATE "C" NOT NULL,
  "thread_id" TEXT COLLATE "C" NOT NULL,
  "lane" TEXT COLLATE "C" NOT NULL,
  "cwd_key" TEXT COLLATE "C" NOT NULL,
  "runner_id" TEXT COLLATE "C",
  "attempt_token" TEXT COLLATE "C",
  "attempt_outcome" TEXT,
  "parent_run_id" TEXT COLLATE "C",
  "lease_expires_at" TIMESTAMPTZ(3),
  "claimed_at" TIMESTAMPTZ(3),
  "started_at" TIMESTAMPTZ(3),
  "finished_at" TIMESTAMPTZ(3),
  "events_pruned_at" TIMESTAMPTZ(3),
  "queue_ttl_sec" INTEGER,
  "cancel_requested_at" TIMESTAMPTZ(3),
  "watched_until" TIMESTAMPTZ(3),
  "stalled_at" TIMESTAMPTZ(3),
  "permission_mode" TEXT NOT NULL,
  "cwd" TEXT NOT NULL,
  "input" TEXT NOT NULL,
  "model" TEXT,
  "labels" TEXT[],
  "agent_session_id" TEXT,
  "timeout_sec" INTEGER,
  "stall_sec" INTEGER,
  "max_turns" INTEGER,
  "max_budget_usd" DOUBLE PRECISION,
  "result" TEXT,
  "num_turns" INTEGER,
  "cost_usd" DOUBLE PRECISION,
  "usage" JSONB,
  "failure_code" TEXT,
  "failure_message" TEXT
);
ALTER SEQUENCE "runs_queue_order_seq" OWNED BY "runs"."queue_order";

INSERT INTO "runs" (queue_order, last_seq, attempt_first_seq, log_checksum, created_at, queued_at, status, attempt,
  attempts_started, max_attempts, priority, queue_priority, approval_sec, approvals_waiting, ready, pinned, shared_cwd, id,
  org_id, thread_id, lane, cwd_key, runner_id, attempt_token, attempt_outcome, parent_run_id, lease_expires_at, claimed_at,
  started_at, finished_at, events_pruned_at, queue_ttl_sec, cancel_requested_at, watched_until, stalled_at,
  permission_mode, cwd, input, model, labels, agent_session_id, timeout_sec, stall_sec, max_turns, max_budget_usd, result,
  num_turns, cost_usd, usage, failure_code, failure_message)
SELECT queue_order, last_seq, COALESCE(a.first_seq, 1), COALESCE(a.log_checksum, 0), created_at, queued_at, status, attempt,
  (SELECT count(*) FROM "attempts" one WHERE one.run_id = r.id AND one.started_at IS NOT NULL),
  max_attempts, priority, queue_priority, approval_sec, approvals_waiting, ready, pinned, shared_cwd, id,
  org_id, thread_id, lane, cwd_key, r.runner_id, attempt_token, a.outcome, parent_run_id, lease_expires_at, r.claimed_at,
  r.started_at, finished_at, events_pruned_at, queue_ttl_sec, cancel_requested_at, watched_until, stalled_at,
  permission_mode, cwd, input, model, labels, agent_session_id, timeout_sec, stall_sec, max_turns, max_budget_usd, result,
  num_turns, cost_usd, usage, failure_code, failure_message
FROM "runs_before" r LEFT JOIN "attempts" a ON a.run_id = r.id AND a.number = r.attempt
ORDER BY queue_order;

DELETE FROM "attempts" a USING "runs_before" r
WHERE a.run_id = r.id AND a.number = r.attempt AND r.status <> 'QUEUED';
DROP TABLE "runs_before";

ALTER TABLE "runs" ADD CONSTRAINT "runs_pkey" PRIMARY KEY ("id");
CREATE INDEX "runs_org_id_id_idx" ON "runs"("org_id", "id" DESC);
CREATE INDEX "runs_runner_id_id_idx" ON "runs"("runner_id", "id" DESC);
CREATE INDEX "runs_followups" ON "runs"("thread_id", "id" DESC) WHERE "parent_run_id" IS NOT NULL;
CREATE INDEX "runs_claimable" ON "runs"("org_id", "lane", "queue_priority" DESC, "queue_order")
  WHERE "status" = 'QUEUED' AND "ready";
CREATE INDEX "runs_queued" ON "runs"("org_id", "queue_priority" DESC, "queue_order") WHERE "status" = 'QUEUED';
CREATE INDEX "runs_waiting" ON "runs"("thread_id", "queue_order") WHERE "status" = 'QUEUED' AND NOT "ready";
CREATE INDEX "runs_expiring" ON "runs"("queued_at") WHERE "status" = 'QUEUED' AND "queue_ttl_sec" IS NOT NULL;
CREATE INDEX "runs_prunable" ON "runs"("finished_at") WHERE "finished_at" IS NOT NULL AND "events_pruned_at" IS NULL;
CREATE INDEX "runs_active" ON "runs"("org_id", "runner_id") WHERE "status" IN ('CLAIMED', 'RUNNING');
CREATE UNIQUE INDEX "runs_one_active_in_thread" ON "runs"("thread_id") WHERE "status" IN ('CLAIMED', 'RUNNING');
CREATE UNIQUE INDEX "runs_one_active_in_directory" ON "runs"("runner_id", "cwd_key")
  WHERE "status" IN ('CLAIMED', 'RUNNING') AND NOT "shared_cwd";

ALTER TABLE "runs" ADD CONSTRAINT "runs_org_id_fkey"
  FOREIGN KEY ("org_id") REFERENCES "orgs"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "runs" ADD CONSTRAINT "runs_parent_run_id_fkey"
  FOREIGN KEY ("parent_run_id") REFERENCES "runs"("id") ON DELETE SET NULL ON UPDATE CASCADE;
ALTER TABLE "commands" ADD CONSTRAINT "commands_run_id_fkey"
  FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "approvals" ADD CONSTRAINT "approvals_run_id_fkey"
  FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

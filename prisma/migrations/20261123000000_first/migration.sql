CREATE TYPE "RunStatus" AS ENUM ('QUEUED', 'CLAIMED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED');

CREATE TABLE "orgs" (
  "id" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "max_concurrent_runs" INTEGER,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "orgs_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "api_keys" (
  "id" TEXT NOT NULL,
  "org_id" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "hash" BYTEA NOT NULL,
  "prefix" TEXT NOT NULL,
  "last_four" TEXT NOT NULL,
  "scopes" TEXT[],
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "expires_at" TIMESTAMPTZ(3),
  "last_used_at" TIMESTAMPTZ(3),
  "revoked_at" TIMESTAMPTZ(3),
  CONSTRAINT "api_keys_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "api_keys_org_id_fkey" FOREIGN KEY ("org_id") REFERENCES "orgs"("id") ON DELETE RESTRICT ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "api_keys_hash_key" ON "api_keys"("hash");
CREATE INDEX "api_keys_org_id_id_idx" ON "api_keys"("org_id", "id");

CREATE TABLE "browser_sessions" (
  "hash" BYTEA NOT NULL,
  "api_key_id" TEXT NOT NULL,
  "csrf_token" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "expires_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "browser_sessions_pkey" PRIMARY KEY ("hash"),
  CONSTRAINT "browser_sessions_api_key_id_fkey" FOREIGN KEY ("api_key_id") REFERENCES "api_keys"("id") ON DELETE RESTRICT ON UPDATE CASCADE
);
CREATE INDEX "browser_sessions_api_key_id_idx" ON "browser_sessions"("api_key_id");

CREATE TABLE "runners" (
  "id" TEXT NOT NULL,
  "org_id" TEXT NOT NULL,
  "machine_id" UUID NOT NULL,
  "name" TEXT NOT NULL,
  "hostname" TEXT NOT NULL,
  "platform" TEXT NOT NULL,
  "arch" TEXT NOT NULL,
  "version" TEXT NOT NULL,
  "agent_version" TEXT,
  "directories" TEXT[],
  "directory_keys" TEXT[],
  "permission_modes" TEXT[],
  "max_concurrent_runs" INTEGER NOT NULL,
  "draining" BOOLEAN NOT NULL DEFAULT false,
  "paused_at" TIMESTAMPTZ(3),
  "pause_note" TEXT,
  "polling_until" TIMESTAMPTZ(3),
  "last_seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "deleted_at" TIMESTAMPTZ(3),
  CONSTRAINT "runners_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "runners_org_id_fkey" FOREIGN KEY ("org_id") REFERENCES "orgs"("id") ON DELETE RESTRICT ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "runners_org_id_machine_id_key" ON "runners"("org_id", "machine_id");

CREATE TABLE "runs" (
  "id" TEXT NOT NULL,
  "org_id" TEXT NOT NULL,
  "status" "RunStatus" NOT NULL DEFAULT 'QUEUED',
  "input" TEXT NOT NULL,
  "cwd" TEXT NOT NULL,
  "cwd_key" TEXT NOT NULL,
  "permission_mode" TEXT NOT NULL,
  "model" TEXT,
  "labels" TEXT[],
  "priority" INTEGER NOT NULL DEFAULT 0,
  "shared_cwd" BOOLEAN NOT NULL DEFAULT false,
  "pinned" BOOLEAN NOT NULL DEFAULT false,
  "runner_id" TEXT,
  "parent_run_id" TEXT,
  "thread_id" TEXT NOT NULL,
  "agent_session_id" TEXT,
  "max_attempts" INTEGER NOT NULL DEFAULT 1,
  "timeout_sec" INTEGER,
  "stall_sec" INTEGER,
  "max_turns" INTEGER,
  "max_budget_usd" DOUBLE PRECISION,
  "queue_ttl_sec" INTEGER,
  "ready" BOOLEAN NOT NULL DEFAULT true,
  "lane" TEXT COLLATE "C" NOT NULL,
  "queue_order" BIGSERIAL NOT NULL,
  "attempt" INTEGER NOT NULL DEFAULT 0,
  "attempt_token" TEXT,
  "lease_expires_at" TIMESTAMPTZ(3),
  "last_seq" BIGINT NOT NULL DEFAULT 0,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "claimed_at" TIMESTAMPTZ(3),
  "started_at" TIMESTAMPTZ(3),
  "finished_at" TIMESTAMPTZ(3),
  "cancel_requested_at" TIMESTAMPTZ(3),
  "stalled_at" TIMESTAMPTZ(3),
  "events_pruned_at" TIMESTAMPTZ(3),
  "result" TEXT,
  "num_turns" INTEGER,
  "cost_usd" DOUBLE PRECISION,
  "usage" JSONB,
  "failure_code" TEXT,
  "failure_message" TEXT,
  CONSTRAINT "runs_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "runs_org_id_fkey" FOREIGN KEY ("org_id") REFERENCES "orgs"("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  CONSTRAINT "runs_runner_id_fkey" FOREIGN KEY ("runner_id") REFERENCES "runners"("id") ON DELETE SET NULL ON UPDATE CASCADE,
  CONSTRAINT "runs_parent_run_id_fkey" FOREIGN KEY ("parent_run_id") REFERENCES "runs"("id") ON DELETE SET NULL ON UPDATE CASCADE
);
CREATE INDEX "runs_org_id_id_idx" ON "runs"("org_id", "id" DESC);
CREATE INDEX "runs_org_id_thread_id_idx" ON "runs"("org_id", "thread_id");
CREATE INDEX "runs_runner_id_id_idx" ON "runs"("runner_id", "id" DESC);
CREATE INDEX "runs_parent_run_id_idx" ON "runs"("parent_run_id");
-- Partial indexes keep the hot statements flat however many runs have finished. Prisma's schema cannot name them.
CREATE INDEX "runs_claimable" ON "runs"("org_id", "lane", "priority" DESC, "queue_order")
  WHERE "status" = 'QUEUED' AND "ready";
CREATE INDEX "runs_queued" ON "runs"("org_id", "priority" DESC, "queue_order") WHERE "status" = 'QUEUED';
CREATE INDEX "runs_waiting" ON "runs"("thread_id", "queue_order") WHERE "status" = 'QUEUED' AND NOT "ready";
CREATE INDEX "runs_expiring" ON "runs"("created_at") WHERE "status" = 'QUEUED' AND "queue_ttl_sec" IS NOT NULL;
CREATE INDEX "runs_leased" ON "runs"("lease_expires_at") WHERE "status" IN ('CLAIMED', 'RUNNING');
CREATE INDEX "runs_active_by_runner" ON "runs"("runner_id") WHERE "status" IN ('CLAIMED', 'RUNNING');
CREATE INDEX "runs_active_by_org" ON "runs"("org_id") WHERE "status" IN ('CLAIMED', 'RUNNING');
-- What must never be true of two runs at once, whatever the statements race for.
CREATE UNIQUE INDEX "runs_one_active_in_thread" ON "runs"("thread_id") WHERE "status" IN ('CLAIMED', 'RUNNING');
CREATE UNIQUE INDEX "runs_one_active_in_directory" ON "runs"("runner_id", "cwd_key")
  WHERE "status" IN ('CLAIMED', 'RUNNING') AND NOT "shared_cwd";

CREATE TABLE "attempts" (
  "token" TEXT NOT NULL,
  "run_id" TEXT NOT NULL,
  "number" INTEGER NOT NULL,
  "runner_id" TEXT NOT NULL,
  "first_seq" BIGINT NOT NULL,
  "log_checksum" BIGINT NOT NULL DEFAULT 0,
  "claimed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "started_at" TIMESTAMPTZ(3),
  "ended_at" TIMESTAMPTZ(3),
  "outcome" TEXT,
  CONSTRAINT "attempts_pkey" PRIMARY KEY ("token"),
  CONSTRAINT "attempts_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  CONSTRAINT "attempts_runner_id_fkey" FOREIGN KEY ("runner_id") REFERENCES "runners"("id") ON DELETE RESTRICT ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "attempts_run_id_number_key" ON "attempts"("run_id", "number");

CREATE TABLE "events" (
  "run_id" TEXT NOT NULL,
  "seq" BIGINT NOT NULL,
  "kind" TEXT NOT NULL,
  "message" TEXT NOT NULL,
  "data" JSONB,
  "at" TIMESTAMPTZ(3) NOT NULL,
  "digest" INTEGER NOT NULL,
  CONSTRAINT "events_pkey" PRIMARY KEY ("run_id", "seq"),
  CONSTRAINT "events_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

CREATE TABLE "commands" (
  "id" TEXT NOT NULL,
  "run_id" TEXT NOT NULL,
  "runner_id" TEXT NOT NULL,
  "kind" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "acknowledged_at" TIMESTAMPTZ(3),
  CONSTRAINT "commands_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "commands_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  CONSTRAINT "commands_runner_id_fkey" FOREIGN KEY ("runner_id") REFERENCES "runners"("id") ON DELETE RESTRICT ON UPDATE CASCADE
);
CREATE INDEX "commands_run_id_idx" ON "commands"("run_id");
CREATE INDEX "commands_open" ON "commands"("runner_id") WHERE "acknowledged_at" IS NULL;

CREATE TABLE "idempotency_keys" (
  "org_id" TEXT NOT NULL,
  "key" TEXT NOT NULL,
  "request_hash" BYTEA NOT NULL,
  "status" INTEGER,
  "response" JSONB,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY ("org_id", "key"),
  CONSTRAINT "idempotency_keys_org_id_fkey" FOREIGN KEY ("org_id") REFERENCES "orgs"("id") ON DELETE RESTRICT ON UPDATE CASCADE
);
CREATE INDEX "idempotency_keys_created_at_idx" ON "idempotency_keys"("created_at");

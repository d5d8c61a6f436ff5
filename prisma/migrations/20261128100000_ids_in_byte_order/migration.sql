-- Ids, tokens and keys are compared as bytes, whatever the language of the database: it is several times cheaper, and their
-- order, by which lists are paged and runs sorted by age, is then the same everywhere. Indexes on them are built anew.
ALTER TABLE "orgs"
  ALTER COLUMN "id" TYPE TEXT COLLATE "C";
ALTER TABLE "api_keys"
  ALTER COLUMN "id" TYPE TEXT COLLATE "C",
  ALTER COLUMN "org_id" TYPE TEXT COLLATE "C";
ALTER TABLE "browser_sessions"
  ALTER COLUMN "api_key_id" TYPE TEXT COLLATE "C";
ALTER TABLE "runners"
  ALTER COLUMN "id" TYPE TEXT COLLATE "C",
  ALTER COLUMN "org_id" TYPE TEXT COLLATE "C";
ALTER TABLE "runs"
  ALTER COLUMN "id" TYPE TEXT COLLATE "C",
  ALTER COLUMN "org_id" TYPE TEXT COLLATE "C",
  ALTER COLUMN "runner_id" TYPE TEXT COLLATE "C",
  ALTER COLUMN "parent_run_id" TYPE TEXT COLLATE "C",
  ALTER COLUMN "thread_id" TYPE TEXT COLLATE "C",
  ALTER COLUMN "attempt_token" TYPE TEXT COLLATE "C",
  ALTER COLUMN "cwd_key" TYPE TEXT COLLATE "C";
ALTER TABLE "attempts"
  ALTER COLUMN "token" TYPE TEXT COLLATE "C",
  ALTER COLUMN "run_id" TYPE TEXT COLLATE "C",
  ALTER COLUMN "runner_id" TYPE TEXT COLLATE "C";
ALTER TABLE "events"
  ALTER COLUMN "run_id" TYPE TEXT COLLATE "C";
ALTER TABLE "approvals"
  ALTER COLUMN "id" TYPE TEXT COLLATE "C",
  ALTER COLUMN "org_id" TYPE TEXT COLLATE "C",
  ALTER COLUMN "run_id" TYPE TEXT COLLATE "C",
  ALTER COLUMN "token" TYPE TEXT COLLATE "C",
  ALTER COLUMN "request_id" TYPE TEXT COLLATE "C";
ALTER TABLE "commands"
  ALTER COLUMN "id" TYPE TEXT COLLATE "C",
  ALTER COLUMN "run_id" TYPE TEXT COLLATE "C",
  ALTER COLUMN "runner_id" TYPE TEXT COLLATE "C",
  ALTER COLUMN "approval_id" TYPE TEXT COLLATE "C";
ALTER TABLE "idempotency_keys"
  ALTER COLUMN "org_id" TYPE TEXT COLLATE "C",
  ALTER COLUMN "key" TYPE TEXT COLLATE "C";

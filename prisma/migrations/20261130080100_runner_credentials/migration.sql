-- A runner's own credential is a key that speaks for one runner, so that a server of the version before takes it as a key
-- of scope runner. The other columns say with what it was enrolled, who uses it, and what a key may enrol.
ALTER TABLE "api_keys"
  ADD COLUMN "runner_id" TEXT COLLATE "C",
  ADD COLUMN "enrolled_by" TEXT COLLATE "C",
  ADD COLUMN "enrolment_hash" BYTEA,
  ADD COLUMN "runner_instance" TEXT,
  ADD COLUMN "conflict_at" TIMESTAMPTZ(3),
  ADD COLUMN "most_enrolments" INTEGER,
  ADD COLUMN "enrolments" INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN "directories" TEXT[] DEFAULT ARRAY[]::TEXT[],
  ADD COLUMN "name_prefix" TEXT;
CREATE UNIQUE INDEX "api_keys_one_credential" ON "api_keys" ("runner_id")
  WHERE "runner_id" IS NOT NULL AND "revoked_at" IS NULL;

-- Orgs that are there have runners that know nothing of credentials: their operators turn it on.
ALTER TABLE "orgs" ADD COLUMN "require_runner_credentials" BOOLEAN NOT NULL DEFAULT false;

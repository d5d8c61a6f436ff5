-- A run that people deleted stays as a row of figures: docs/decisions/0019-what-stays-of-a-deleted-run.md. The columns are null
-- for all runs that are there, so that no row is written and none is read; a server of the version before goes on beside it.
ALTER TABLE "runs"
  ADD COLUMN "delete_requested_at" TIMESTAMPTZ(3),
  ADD COLUMN "deleted_at" TIMESTAMPTZ(3),
  ADD COLUMN "parent_deleted_at" TIMESTAMPTZ(3),
  ADD COLUMN "texts_pruned_at" TIMESTAMPTZ(3);

-- Runs that are to be deleted as soon as they have ended. An index on runs would be made by reading all of them.
CREATE TABLE "deletions" (
  "run_id" TEXT COLLATE "C" NOT NULL,
  "requested_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "deletions_pkey" PRIMARY KEY ("run_id")
);

-- Deleting an approval looks for commands that carry its decision.
CREATE INDEX "commands_of_approvals" ON "commands"("approval_id") WHERE "approval_id" IS NOT NULL;

-- Since when a run waits for a runner: a follow-up does not while its thread is busy, a lost run did not while it ran.
ALTER TABLE "runs" ADD COLUMN "queued_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;
UPDATE "runs" SET "queued_at" = "created_at" WHERE "status" = 'QUEUED';
DROP INDEX "runs_expiring";
CREATE INDEX "runs_expiring" ON "runs"("queued_at") WHERE "status" = 'QUEUED' AND "queue_ttl_sec" IS NOT NULL;

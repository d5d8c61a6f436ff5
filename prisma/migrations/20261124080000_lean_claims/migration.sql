-- What orders the queue: the priority that was asked for, until the run has waited so long that it goes first.
ALTER TABLE "runs" ADD COLUMN "queue_priority" INTEGER NOT NULL DEFAULT 0;
UPDATE "runs" SET "queue_priority" = "priority";
DROP INDEX "runs_claimable";
DROP INDEX "runs_queued";
CREATE INDEX "runs_claimable" ON "runs"("org_id", "lane", "queue_priority" DESC, "queue_order")
  WHERE "status" = 'QUEUED' AND "ready";
CREATE INDEX "runs_queued" ON "runs"("org_id", "queue_priority" DESC, "queue_order") WHERE "status" = 'QUEUED';

-- Every index on runs is paid for by each claim and finish. One index serves both counts of active runs; the few
-- active ones are swept without an index on the lease, so that renewing leases touches no index at all; followups
-- are found through their thread.
DROP INDEX "runs_active_by_runner";
DROP INDEX "runs_active_by_org";
DROP INDEX "runs_leased";
CREATE INDEX "runs_active" ON "runs"("org_id", "runner_id") WHERE "status" IN ('CLAIMED', 'RUNNING');
DROP INDEX "runs_parent_run_id_idx";

-- Lanes of one directory, and of what is below it, lie together: server/src/queue/lanes.ts.
UPDATE "runs" SET "lane" = CASE WHEN "pinned" THEN "runner_id" ELSE '*' END || '|' || "cwd_key" || '|' || "permission_mode"
  || '|' || CASE WHEN "shared_cwd" THEN 'shared' ELSE 'alone' END
WHERE "lane" <> '';

-- An append holds its run's lock anyway, and checking each event for its run took half of the append's time.
ALTER TABLE "events" DROP CONSTRAINT "events_run_id_fkey";

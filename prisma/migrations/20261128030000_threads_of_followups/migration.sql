-- A thread is named after its first run: only its follow-ups need an index, and most runs have none. Each claim, start and
-- finish writes an entry less. Prisma's schema cannot name partial indexes.
DROP INDEX "runs_org_id_thread_id_idx";
CREATE INDEX "runs_followups" ON "runs"("thread_id", "id" DESC) WHERE "parent_run_id" IS NOT NULL;

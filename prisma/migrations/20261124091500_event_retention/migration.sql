-- Which logs may be pruned, oldest first. Prisma's schema cannot name partial indexes.
CREATE INDEX "runs_prunable" ON "runs"("finished_at") WHERE "finished_at" IS NOT NULL AND "events_pruned_at" IS NULL;
CREATE INDEX "browser_sessions_expires_at_idx" ON "browser_sessions"("expires_at");

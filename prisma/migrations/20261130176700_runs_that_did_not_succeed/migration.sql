-- Most succeed, and pay nothing for it.
CREATE INDEX CONCURRENTLY "runs_not_succeeded" ON "runs"("org_id", "status", "id") WHERE "status" IN ('FAILED', 'CANCELLED');

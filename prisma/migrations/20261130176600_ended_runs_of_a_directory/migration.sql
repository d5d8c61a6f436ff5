CREATE INDEX CONCURRENTLY "runs_ended_in_directory" ON "runs"("org_id", "cwd_key", "id")
  WHERE "status" IN ('SUCCEEDED', 'FAILED', 'CANCELLED');

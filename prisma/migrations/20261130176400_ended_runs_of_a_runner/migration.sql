-- What has not ended has small indexes of its own: claims and starts write an entry less each than with all runs in this one.
CREATE INDEX CONCURRENTLY "runs_ended_of_runner" ON "runs"("runner_id", "id")
  WHERE "status" IN ('SUCCEEDED', 'FAILED', 'CANCELLED');

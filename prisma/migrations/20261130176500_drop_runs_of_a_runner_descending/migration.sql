DROP INDEX CONCURRENTLY IF EXISTS "runs_runner_id_id_idx";

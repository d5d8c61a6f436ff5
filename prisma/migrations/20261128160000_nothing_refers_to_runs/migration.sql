-- A foreign key to runs locks the run for as long as the row that refers to it is being stored, and whoever locks a run
-- and then writes it may meet that lock on a version of the row that is no longer the newest: two of them then wait for
-- one another (docs/decisions/0016-nothing-refers-to-runs.md). Each of these rows is made in a statement that has the run
-- at hand, or right after it was read, and runs are never deleted.
ALTER TABLE "runs" DROP CONSTRAINT "runs_parent_run_id_fkey";
ALTER TABLE "commands" DROP CONSTRAINT "commands_run_id_fkey";
ALTER TABLE "approvals" DROP CONSTRAINT "approvals_run_id_fkey";

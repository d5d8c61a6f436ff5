-- Before which id every run of the org was deleted: lists, and who deletes what is old, do not look at those again. Empty for each org
-- that is there, so that nothing is rewritten; a server of the version before goes on beside it, and looks at all.
ALTER TABLE "orgs" ADD COLUMN "runs_from" TEXT COLLATE "C";

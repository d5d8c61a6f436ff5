-- Which key launched a run, for the usage by key. Null for all runs that are there, so that no row is written; a server of the
-- version before goes on beside it, and what it launches has none. Not indexed: usage reads the runs of a time.
ALTER TABLE "runs" ADD COLUMN "launched_by" TEXT;

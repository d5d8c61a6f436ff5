-- Empty where the org has the limits of the servers: nothing is rewritten.
ALTER TABLE "orgs" ADD COLUMN "most_requests" INTEGER,
ADD COLUMN "most_queued" INTEGER,
ADD COLUMN "most_appended_mb" INTEGER,
ADD COLUMN "most_streams" INTEGER;

-- Nothing is rewritten, and nothing indexed: what counts for a key is found among the queued runs of its org, which have an index.
ALTER TABLE "api_keys" ADD COLUMN "most_requests" INTEGER,
ADD COLUMN "most_queued" INTEGER,
ADD COLUMN "most_streams" INTEGER;
ALTER TABLE "runs" ADD COLUMN "limited_by" TEXT;

-- The id of what a request with this key makes, known before it is made: a request that is repeated because the server
-- died over the first one makes the same thing, not another one.
ALTER TABLE "idempotency_keys" ADD COLUMN "subject" TEXT;

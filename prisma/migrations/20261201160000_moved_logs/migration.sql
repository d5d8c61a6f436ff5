-- Logs of ended runs that lie in the log store instead of "events" (docs/decisions). The row is made before the object, so that
-- whatever is there is known here, and goes after it.
CREATE TABLE "moved_logs" (
  "run_id" TEXT COLLATE "C" NOT NULL,
  "org_id" TEXT COLLATE "C" NOT NULL,
  "object" TEXT NOT NULL,
  "claim" TEXT NOT NULL,
  "claimed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now(),
  "moved_at" TIMESTAMPTZ(3),
  "doomed_at" TIMESTAMPTZ(3),
  "first_seq" BIGINT,
  "last_seq" BIGINT,
  "events" INTEGER,
  "bytes" BIGINT,
  "raw_bytes" BIGINT,
  "sha256" TEXT,
  "figures" JSONB,
  CONSTRAINT "moved_logs_pkey" PRIMARY KEY ("run_id")
);
-- What is not finished, and what is to be deleted: few.
CREATE INDEX "moved_logs_unsettled" ON "moved_logs" ("run_id") WHERE "moved_at" IS NULL OR "doomed_at" IS NOT NULL;

-- Whoever takes a log away, a server of the version before as well, has its object deleted.
CREATE FUNCTION "doom_moved_log"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE moved_logs SET doomed_at = now() WHERE run_id = OLD.id AND doomed_at IS NULL;
  RETURN NULL;
END $$;
CREATE TRIGGER "pruned_log_dooms_object" AFTER UPDATE OF "events_pruned_at" ON "runs" FOR EACH ROW
  WHEN (OLD."events_pruned_at" IS NULL AND NEW."events_pruned_at" IS NOT NULL) EXECUTE FUNCTION "doom_moved_log"();
CREATE TRIGGER "deleted_run_dooms_object" AFTER DELETE ON "runs" FOR EACH ROW EXECUTE FUNCTION "doom_moved_log"();

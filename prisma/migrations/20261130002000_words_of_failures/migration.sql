-- Follow-ups that begin a session of their own, and when a usage limit ends that a run failed at.
ALTER TABLE "runs" ADD COLUMN "fresh" BOOLEAN NOT NULL DEFAULT false,
                   ADD COLUMN "failure_resets_at" TIMESTAMPTZ(3);

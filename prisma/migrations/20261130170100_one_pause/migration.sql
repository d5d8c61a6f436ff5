-- Who paused a runner and until when. Pauses that are there have no end and nobody's name, so no row is written; a server of the
-- version before goes on beside it: what it pauses has none either, and what ends by itself ends by a newer server's sweep.
ALTER TABLE "runners" ADD COLUMN "paused_by" TEXT,
ADD COLUMN "paused_at_machine" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN "paused_until" TIMESTAMPTZ(3);

-- Since when a running session is out of reach, and since when it is in reach again.
ALTER TABLE "runs" ADD COLUMN "lost_at" TIMESTAMPTZ(3), ADD COLUMN "back_at" TIMESTAMPTZ(3);

-- When a runner last named all the attempts that it holds: what it does not name then is no longer there.
ALTER TABLE "runners" ADD COLUMN "told_at" TIMESTAMPTZ(3);

-- When servers last swept, and since when without a long pause: one row, so that an absence of all of them is known as one.
CREATE TABLE "sweeping" (
  "id" INTEGER NOT NULL DEFAULT 1,
  "swept_at" TIMESTAMPTZ(3) NOT NULL,
  "resumed_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "sweeping_pkey" PRIMARY KEY ("id")
);
-- Servers were away for this very change.
INSERT INTO "sweeping" ("swept_at", "resumed_at")
SELECT now(), now() WHERE EXISTS (SELECT FROM "runs" WHERE "status" IN ('CLAIMED', 'RUNNING'));

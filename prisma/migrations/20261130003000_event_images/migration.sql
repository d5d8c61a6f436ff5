-- Images that a log holds stand apart from its events: reading a page of a log reads none of them. A new table alone:
-- a server of the version before goes on beside it, and keeps the images in the events.
CREATE TABLE "event_images" (
  "run_id" TEXT COLLATE "C" NOT NULL,
  "seq" BIGINT NOT NULL,
  "index" INTEGER NOT NULL,
  "type" TEXT NOT NULL,
  "bytes" BYTEA NOT NULL,
  CONSTRAINT "event_images_pkey" PRIMARY KEY ("run_id", "seq", "index")
);
-- They are compressed already.
ALTER TABLE "event_images" ALTER COLUMN "bytes" SET STORAGE EXTERNAL;

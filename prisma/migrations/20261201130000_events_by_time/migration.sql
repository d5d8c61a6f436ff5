-- Events and their images lie in partitions by the id of their run, which begins with its time: those of a time are dropped as a
-- whole. What there is becomes the partition that takes what no other does; servers end it at a time to come, and make those
-- after it (docs/decisions/0027-events-lie-by-time.md). Nothing is read or copied here, and statements of a server of the version
-- before mean the same as before.
ALTER TABLE "events" RENAME TO "events_rest";
ALTER TABLE "events_rest" RENAME CONSTRAINT "events_pkey" TO "events_rest_pkey";
CREATE TABLE "events" (
  "run_id" TEXT COLLATE "C" NOT NULL,
  "seq" BIGINT NOT NULL,
  "kind" TEXT NOT NULL,
  "message" TEXT NOT NULL,
  "data" JSONB,
  "at" TIMESTAMPTZ(3) NOT NULL,
  "digest" INTEGER NOT NULL,
  CONSTRAINT "events_pkey" PRIMARY KEY ("run_id", "seq")
) PARTITION BY RANGE ("run_id");
ALTER TABLE "events" ATTACH PARTITION "events_rest" DEFAULT;

ALTER TABLE "event_images" RENAME TO "event_images_rest";
ALTER TABLE "event_images_rest" RENAME CONSTRAINT "event_images_pkey" TO "event_images_rest_pkey";
CREATE TABLE "event_images" (
  "run_id" TEXT COLLATE "C" NOT NULL,
  "seq" BIGINT NOT NULL,
  "index" INTEGER NOT NULL,
  "type" TEXT NOT NULL,
  "bytes" BYTEA NOT NULL,
  CONSTRAINT "event_images_pkey" PRIMARY KEY ("run_id", "seq", "index")
) PARTITION BY RANGE ("run_id");
ALTER TABLE "event_images" ALTER COLUMN "bytes" SET STORAGE EXTERNAL;
ALTER TABLE "event_images" ATTACH PARTITION "event_images_rest" DEFAULT;

-- A server of the version before may be another role than the owner, and goes on with the rights that it had.
DO $$
DECLARE
  given RECORD;
BEGIN
  FOR given IN
    SELECT c.oid::regclass AS old, left(c.relname, -5) AS name, a.privilege_type AS what,
      CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS who
    FROM pg_class c, aclexplode(c.relacl) a
    WHERE c.oid IN ('events_rest'::regclass, 'event_images_rest'::regclass) AND a.grantee <> c.relowner
  LOOP
    EXECUTE format('GRANT %s ON %I TO %s', given.what, given.name, given.who);
  END LOOP;
END $$;

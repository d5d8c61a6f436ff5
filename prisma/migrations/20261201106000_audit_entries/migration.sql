-- Who did what: written in the statement that does it. A server of the version before goes on beside it, and writes nothing here.
CREATE TABLE "audit_entries" (
  "org_id" TEXT COLLATE "C" NOT NULL,
  "id" TEXT COLLATE "C" NOT NULL,
  "at" TIMESTAMPTZ(6) NOT NULL,
  "action" TEXT COLLATE "C" NOT NULL,
  "actor_kind" TEXT NOT NULL,
  "actor_id" TEXT COLLATE "C" NOT NULL,
  "actor_name" TEXT NOT NULL,
  "subject_id" TEXT COLLATE "C" NOT NULL,
  "subject_name" TEXT,
  "detail" JSONB,
  "request_id" TEXT,
  "address" TEXT,
  CONSTRAINT "audit_entries_pkey" PRIMARY KEY ("org_id", "id")
);
CREATE INDEX "audit_entries_of_actor" ON "audit_entries" ("org_id", "actor_id", "id");
CREATE INDEX "audit_entries_of_subject" ON "audit_entries" ("org_id", "subject_id", "id");
-- Most entries are launches: who asks for those finds them without an index, and a launch writes an entry less.
CREATE INDEX "audit_entries_of_action" ON "audit_entries" ("org_id", "action", "id") WHERE "action" <> 'run.launch';

-- What is written stays as it is. Only who says in its transaction that it is there to forget may delete: the housekeeping, after
-- the retention, and the deletion of an org.
CREATE FUNCTION "keep_audit_entries"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND current_setting('agentfleet.forgets_audit', true) = 'on' THEN
    RETURN NULL;
  END IF;
  RAISE EXCEPTION 'audit entries are not changed' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER "audit_entries_are_kept" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_entries"
  FOR EACH STATEMENT EXECUTE FUNCTION "keep_audit_entries"();

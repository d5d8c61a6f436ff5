-- Ids grow: in ascending order new entries are put behind the last one, and pages are full instead of half empty.
CREATE INDEX CONCURRENTLY "runs_of_org" ON "runs"("org_id", "id");

CREATE INDEX CONCURRENTLY "approvals_closed" ON "approvals"("org_id", "state", "id") WHERE "state" <> 'waiting';

CREATE INDEX CONCURRENTLY "runners_by_name" ON "runners"("org_id", "name", "id") WHERE "deleted_at" IS NULL;

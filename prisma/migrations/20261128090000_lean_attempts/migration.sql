-- Who asks for an attempt by its token knows its run: an index of random tokens only cost every claim an entry.
ALTER TABLE "attempts" DROP CONSTRAINT "attempts_pkey";
ALTER TABLE "attempts" ADD CONSTRAINT "attempts_pkey" PRIMARY KEY USING INDEX "attempts_run_id_number_key";

-- In the order in which a runner is told of them. Prisma's schema cannot name partial indexes.
DROP INDEX "commands_open";
CREATE INDEX "commands_open" ON "commands"("runner_id", "created_at") WHERE "acknowledged_at" IS NULL;

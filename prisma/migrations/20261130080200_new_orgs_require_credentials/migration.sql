-- Orgs from now on begin with runners that enrol. Those that are there stay as they are.
ALTER TABLE "orgs" ALTER COLUMN "require_runner_credentials" SET DEFAULT true;

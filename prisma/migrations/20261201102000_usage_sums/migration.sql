-- What sessions used, summed ahead: server/src/usage/keep-usage.ts. A server of the version before writes what runs
-- used too, so that the database notes what changes of those that are summed.
CREATE TABLE "usage_groups" (
  "id" SERIAL NOT NULL,
  "org_id" TEXT COLLATE "C" NOT NULL,
  "kind" SMALLINT NOT NULL,
  "total" BOOLEAN NOT NULL,
  "key" TEXT COLLATE "C" NOT NULL,
  "name" TEXT COLLATE "C" NOT NULL,
  CONSTRAINT "usage_groups_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "usage_groups_org_id_kind_idx" ON "usage_groups"("org_id", "kind");

CREATE TABLE "usage_sums" (
  "group_id" INTEGER NOT NULL,
  "total_id" INTEGER NOT NULL,
  "month" BOOLEAN NOT NULL,
  "day" DATE NOT NULL,
  "slots" SMALLINT[],
  "figures" DOUBLE PRECISION[],
  CONSTRAINT "usage_sums_pkey" PRIMARY KEY ("group_id", "month", "day")
);
CREATE INDEX "usage_sums_total_id_month_day_idx" ON "usage_sums"("total_id", "month", "day");
-- A row of every slot of a day has five kilobytes; to compress it would cost more than to read it.
ALTER TABLE "usage_sums" SET (toast_tuple_target = 8160);

CREATE TABLE "usage_changes" (
  "id" BIGSERIAL NOT NULL,
  "sign" SMALLINT NOT NULL,
  "org_id" TEXT COLLATE "C" NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL,
  "runner_id" TEXT COLLATE "C",
  "cwd_key" TEXT NOT NULL,
  "cwd" TEXT NOT NULL,
  "model" TEXT,
  "labels" TEXT[],
  "launched_by" TEXT,
  "cost_usd" DOUBLE PRECISION,
  "usage" JSONB,
  CONSTRAINT "usage_changes_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "usage_changes_org_id_created_at_idx" ON "usage_changes"("org_id", "created_at");
CREATE INDEX "usage_changes_created_at_idx" ON "usage_changes"("created_at");

CREATE TABLE "usage_state" (
  "id" INTEGER NOT NULL,
  "summed_until" TIMESTAMPTZ(3) NOT NULL,
  "skew_ms" BIGINT NOT NULL,
  CONSTRAINT "usage_state_pkey" PRIMARY KEY ("id")
);
INSERT INTO "usage_state" VALUES (1, 'epoch', 0);

CREATE FUNCTION "note_usage"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    INSERT INTO public.usage_changes
      (sign, org_id, created_at, runner_id, cwd_key, cwd, model, labels, launched_by, cost_usd, usage)
    VALUES (-1, OLD.org_id, OLD.created_at, OLD.runner_id, OLD.cwd_key, OLD.cwd, OLD.model, OLD.labels, OLD.launched_by,
      OLD.cost_usd, OLD.usage);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO public.usage_changes
      (sign, org_id, created_at, runner_id, cwd_key, cwd, model, labels, launched_by, cost_usd, usage)
    VALUES (1, NEW.org_id, NEW.created_at, NEW.runner_id, NEW.cwd_key, NEW.cwd, NEW.model, NEW.labels, NEW.launched_by,
      NEW.cost_usd, NEW.usage);
  END IF;
  RETURN NULL;
END $$;

-- Younger ones are not summed before two hours have passed: what is claimed and ended within one costs nothing here.
CREATE TRIGGER "runs_usage_made" AFTER INSERT ON "runs" FOR EACH ROW
  WHEN (NEW.created_at < now() - interval '1 hour') EXECUTE FUNCTION "note_usage"();
CREATE TRIGGER "runs_usage_changed" AFTER UPDATE OF "org_id", "created_at", "runner_id", "cwd_key", "cwd", "model", "labels",
  "launched_by", "cost_usd", "usage" ON "runs" FOR EACH ROW
  WHEN ((OLD.created_at < now() - interval '1 hour' OR NEW.created_at < now() - interval '1 hour') AND (OLD.org_id, OLD.created_at,
    OLD.runner_id, OLD.cwd_key, OLD.cwd, OLD.model, OLD.labels, OLD.launched_by, OLD.cost_usd, OLD.usage) IS DISTINCT FROM (NEW.org_id,
    NEW.created_at, NEW.runner_id, NEW.cwd_key, NEW.cwd, NEW.model, NEW.labels, NEW.launched_by, NEW.cost_usd, NEW.usage))
  EXECUTE FUNCTION "note_usage"();
CREATE TRIGGER "runs_usage_gone" AFTER DELETE ON "runs" FOR EACH ROW
  WHEN (OLD.created_at < now() - interval '1 hour') EXECUTE FUNCTION "note_usage"();

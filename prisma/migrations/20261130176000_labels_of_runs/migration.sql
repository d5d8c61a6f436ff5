-- Which runs have a label, in order of age, so that the newest of a label are found whatever else there is. It is kept by the
-- database, for a server of the version before writes labels too. A label that was taken away meanwhile may stand here: who
-- reads this looks at the run.
CREATE TABLE "run_labels" (
  "org_id" TEXT COLLATE "C" NOT NULL,
  "label" TEXT COLLATE "C" NOT NULL,
  "run_id" TEXT COLLATE "C" NOT NULL,
  CONSTRAINT "run_labels_pkey" PRIMARY KEY ("org_id", "label", "run_id")
);

CREATE FUNCTION "keep_run_labels"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    DELETE FROM public.run_labels WHERE org_id = OLD.org_id AND label = ANY (OLD.labels) AND run_id = OLD.id;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO public.run_labels (org_id, label, run_id)
    SELECT NEW.org_id, label, NEW.id FROM unnest(NEW.labels) label ORDER BY label COLLATE "C" ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER "runs_labels_made" AFTER INSERT ON "runs" FOR EACH ROW
  WHEN (cardinality(NEW.labels) > 0) EXECUTE FUNCTION "keep_run_labels"();
CREATE TRIGGER "runs_labels_changed" AFTER UPDATE OF "labels", "id" ON "runs" FOR EACH ROW
  WHEN (OLD.labels IS DISTINCT FROM NEW.labels OR OLD.id <> NEW.id) EXECUTE FUNCTION "keep_run_labels"();
CREATE TRIGGER "runs_labels_gone" AFTER DELETE ON "runs" FOR EACH ROW
  WHEN (cardinality(OLD.labels) > 0) EXECUTE FUNCTION "keep_run_labels"();

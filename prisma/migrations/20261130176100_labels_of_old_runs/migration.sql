-- Of the runs that are there, some at a time, so that who changes the labels of one meanwhile waits for some milliseconds. Begun
-- anew after it was interrupted, it passes what is there. Like the trigger it goes by the order of labels, and neither waits for
-- the other in a circle.
DO $$
DECLARE
  passed TEXT COLLATE "C" := '';
  newest TEXT COLLATE "C";
BEGIN
  LOOP
    SELECT max(id) INTO newest FROM (SELECT id FROM public.runs WHERE id > passed ORDER BY id LIMIT 1000) next;
    EXIT WHEN newest IS NULL;
    INSERT INTO public.run_labels (org_id, label, run_id)
    SELECT r.org_id, label, r.id FROM public.runs r, unnest(r.labels) label WHERE r.id > passed AND r.id <= newest
    ORDER BY r.id, label COLLATE "C" ON CONFLICT DO NOTHING;
    COMMIT;
    passed := newest;
  END LOOP;
END $$;

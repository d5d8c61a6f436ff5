-- A run is written a dozen times after it was launched. With room left in its page the next version stands beside the one before, and
-- what is logged is what differs, not the row with its prompt once more. Pages that are there stay as they are.
ALTER TABLE "runs" SET (fillfactor = 70);

-- When a runner said that it ends; NULL again as soon as it registers.
ALTER TABLE "runners" ADD COLUMN "left_at" TIMESTAMPTZ(3);

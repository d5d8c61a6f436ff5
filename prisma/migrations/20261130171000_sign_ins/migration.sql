-- Computers that ask to be connected, until somebody decides. Nothing else refers to them, and a server of the version before
-- goes on beside it: a sign-in is then answered by the new one alone.
CREATE TABLE "sign_ins" (
  "device_hash" BYTEA NOT NULL,
  "code_hash" BYTEA NOT NULL,
  "computer" TEXT NOT NULL,
  "user_name" TEXT NOT NULL,
  "hostname" TEXT NOT NULL,
  "platform" TEXT NOT NULL,
  "version" TEXT NOT NULL,
  "address" TEXT NOT NULL,
  "forwarded_for" TEXT,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "expires_at" TIMESTAMPTZ(3) NOT NULL,
  "polled_at" TIMESTAMPTZ(3),
  "decision" TEXT,
  "window_scope" TEXT,
  "org_id" TEXT COLLATE "C",
  "decided_by" TEXT COLLATE "C",
  CONSTRAINT "sign_ins_pkey" PRIMARY KEY ("device_hash")
);
CREATE UNIQUE INDEX "sign_ins_code_hash_key" ON "sign_ins" ("code_hash");

-- The key of a computer's window, and the key that a computer is given for the few minutes until it has that. A server of the
-- version before takes both for ordinary keys with these scopes; a window that may see its own runner alone has none.
ALTER TABLE "api_keys"
  ADD COLUMN "window_of" TEXT COLLATE "C",
  ADD COLUMN "for_sign_in" BOOLEAN NOT NULL DEFAULT false;
CREATE UNIQUE INDEX "api_keys_one_window" ON "api_keys" ("window_of")
  WHERE "window_of" IS NOT NULL AND "revoked_at" IS NULL;

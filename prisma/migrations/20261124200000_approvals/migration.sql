-- Tool permissions that sessions ask for and people give: server/src/approvals.
CREATE TYPE "ApprovalState" AS ENUM ('waiting', 'allowed', 'denied', 'expired', 'withdrawn');

CREATE TABLE "approvals" (
    "id" TEXT NOT NULL,
    "org_id" TEXT NOT NULL,
    "run_id" TEXT NOT NULL,
    "token" TEXT NOT NULL,
    "request_id" TEXT NOT NULL,
    "state" "ApprovalState" NOT NULL DEFAULT 'waiting',
    "tool" TEXT NOT NULL,
    "message" TEXT NOT NULL,
    "input" JSONB NOT NULL,
    "tool_use_id" TEXT,
    "session_grant" TEXT,
    "requested_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "decided_at" TIMESTAMPTZ(3),
    "decided_by" TEXT,
    "for_session" BOOLEAN NOT NULL DEFAULT false,
    "reason" TEXT,
    "answers" JSONB,

    CONSTRAINT "approvals_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "approvals_token_request_id_key" ON "approvals"("token", "request_id");
CREATE INDEX "approvals_org_id_id_idx" ON "approvals"("org_id", "id" DESC);
CREATE INDEX "approvals_waiting" ON "approvals"("org_id", "id" DESC) WHERE "state" = 'waiting';
CREATE INDEX "approvals_run_id_id_idx" ON "approvals"("run_id", "id" DESC);
ALTER TABLE "approvals" ADD CONSTRAINT "approvals_org_id_fkey" FOREIGN KEY ("org_id") REFERENCES "orgs"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "approvals" ADD CONSTRAINT "approvals_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

ALTER TABLE "runs" ADD COLUMN "approval_sec" INTEGER NOT NULL DEFAULT 600,
                   ADD COLUMN "approvals_waiting" INTEGER NOT NULL DEFAULT 0;

-- The approval whose decision a command carries.
ALTER TABLE "commands" ADD COLUMN "approval_id" TEXT;
ALTER TABLE "commands" ADD CONSTRAINT "commands_approval_id_fkey" FOREIGN KEY ("approval_id") REFERENCES "approvals"("id") ON DELETE SET NULL ON UPDATE CASCADE;

import { closeLeftApprovals } from './approvals/sql/close-left-approvals.js';
import { answeredAgainFor } from './auth/answered-again-for.js';
import type { Database } from './db/database.js';
import { deleteSome, inSteps } from './db/in-steps.js';

const expired = [
  closeLeftApprovals,
  deleteSome('delete-expired-sessions', 'browser_sessions', 't.expires_at < now()', 1),
  deleteSome('delete-expired-sign-ins', 'sign_ins', 't.expires_at < now()', 1),
  {
    name: 'delete-keys-of-sign-ins',
    text: `
WITH over AS (
  SELECT id FROM api_keys WHERE for_sign_in AND (revoked_at IS NOT NULL OR expires_at < now()) LIMIT $1
),
browsers AS (DELETE FROM browser_sessions s USING over WHERE s.api_key_id = over.id),
gone AS (DELETE FROM api_keys k USING over WHERE k.id = over.id RETURNING 1)
SELECT count(*) AS changed FROM gone`,
  },
  deleteSome(
    'delete-old-idempotency-keys',
    'idempotency_keys',
    `t.created_at < now() - interval '${answeredAgainFor}'`,
    1,
  ),
];

/**
 * Deletes what has run out: browser sessions, sign-ins with what they left, idempotency keys; and writes down that approvals whose
 * sessions ended are withdrawn. Any server may do it at any time; it may be stopped and repeated.
 */
export async function deleteExpired(database: Database, signal: AbortSignal): Promise<void> {
  for (const statement of expired) await inSteps(database, statement, [], signal);
}

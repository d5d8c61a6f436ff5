import { closeLeftApprovals } from './approvals/sql/close-left-approvals.js';
import type { Database, Statement } from './db/database.js';
import { pruneEvents } from './eventlog/sql/prune-events.js';
import { type PrunedTexts, pruneTexts } from './queue/sql/prune-texts.js';

/** Runs and events of each in one step of the pruning: other statements come between two steps. */
const runsAtOnce = 20;
const eventsAtOnce = 2_000;
/** Runs that one step of the pruning of texts looks at. */
const lookedAtOnce = 500;

const expired: Statement[] = [
  closeLeftApprovals,
  {
    name: 'delete-expired-sessions',
    text: 'DELETE FROM browser_sessions WHERE expires_at < now()',
  },
  { name: 'delete-expired-sign-ins', text: 'DELETE FROM sign_ins WHERE expires_at < now()' },
  {
    name: 'delete-keys-of-sign-ins',
    text: `
WITH over AS (SELECT id FROM api_keys WHERE for_sign_in AND (revoked_at IS NOT NULL OR expires_at < now())),
  browsers AS (DELETE FROM browser_sessions s USING over WHERE s.api_key_id = over.id)
DELETE FROM api_keys k USING over WHERE k.id = over.id`,
  },
  {
    name: 'delete-old-idempotency-keys',
    text: `DELETE FROM idempotency_keys WHERE created_at < now() - interval '24 hours'`,
  },
];

/**
 * Deletes what nobody needs any more: expired browser sessions, sign-ins and idempotency keys, the waiting of approvals whose
 * sessions ended, and the events of runs that ended
 * longer ago than `retentionMs` (undefined keeps them for ever). Any server may do it at any time.
 * @returns how many events were deleted
 */
export async function tidyUp(
  database: Database,
  retentionMs: number | undefined,
  signal: AbortSignal,
): Promise<number> {
  for (const statement of expired) await database.query(statement, []);
  if (retentionMs === undefined) return 0;
  let deleted = 0;
  while (!signal.aborted) {
    const values = [retentionMs, runsAtOnce, eventsAtOnce];
    const [row] = await database.query<{ events: number; runs: number }>(pruneEvents, values);
    if (!row || (row.events === 0 && row.runs === 0)) break;
    deleted += row.events;
  }
  return deleted;
}

/**
 * Empties the texts of runs that ended longer ago than `retentionMs`, by the database's clock. It looks at all runs, some at a
 * time, and may be stopped and repeated at any time.
 * @returns of how many runs
 */
export async function forgetTexts(
  database: Database,
  retentionMs: number,
  signal: AbortSignal,
): Promise<number> {
  let runs = 0;
  for (let after: string | null = ''; after !== null && !signal.aborted; ) {
    const values: unknown[] = [retentionMs, after, lookedAtOnce];
    const rows: PrunedTexts[] = await database.query(pruneTexts, values);
    after = rows[0]?.last ?? null;
    runs += rows[0]?.runs ?? 0;
  }
  return runs;
}

import type { Statement } from '../../db/database.js';
import { deleteSome } from '../../db/in-steps.js';

/** What stands where a name stood. */
export const nobody = 'deleted person';

/** A regular expression of PostgreSQL that finds a text as a value in the text of a jsonb, not as the name of a member. */
export const asJsonValue = (text: string) =>
  `${JSON.stringify(text).replaceAll(/[^\p{L}\p{N}\s]/gu, '\\$&')}(?!:)`;

const withoutName = (json: string, pattern: string) =>
  `regexp_replace(${json}::text, ${pattern}, '"${nobody}"', 'g')::jsonb`;

/** $3 the name, $5 it `asJsonValue`, $6 the keys of that name. */
const entryHolds = (e: string) => `(${e}.actor_name = $3 OR ${e}.subject_name = $3 OR ${e}.detail::text ~ $5
    OR (${e}.address IS NOT NULL AND ${e}.actor_id = ANY ($6::text[])))`;

/** $1 org, $2 name, $3 it `asJsonValue`. Row: a PersonCounts. */
export const countedPerson: Statement = {
  name: 'count-person',
  text: `
SELECT (SELECT count(*) FROM api_keys WHERE org_id = $1 AND name = $2) AS keys,
  (SELECT count(*) FROM approvals WHERE org_id = $1 AND decided_by = $2) AS approvals,
  (SELECT count(*) FROM runners WHERE org_id = $1 AND paused_by = $2) AS runners,
  (SELECT count(*) FROM audit_entries WHERE org_id = $1 AND (actor_name = $2 OR subject_name = $2 OR detail::text ~ $3)) AS entries`,
};
export interface PersonCounts {
  keys: number;
  approvals: number;
  runners: number;
  entries: number;
}

/** Of computers that ask to be connected, which are of no org yet. $1 name, $2 org, $3 most. Row: { changed }. */
export const deleteSignIns = deleteSome(
  'delete-sign-ins-of-person',
  'sign_ins',
  '$1 IN (t.user_name, t.computer, t.hostname) AND (t.org_id IS NULL OR t.org_id = $2)',
  3,
);

const renamed = (name: string, table: string, column: string): Statement => ({
  name,
  text: `
WITH changed AS (
  UPDATE ${table} SET ${column} = '${nobody}'
  WHERE id = ANY (ARRAY(SELECT id FROM ${table} WHERE org_id = $1 AND ${column} = $2 LIMIT $3)) AND ${column} = $2
  RETURNING 1
)
SELECT count(*) AS changed FROM changed`,
});

/** $1 org, $2 name, $3 most. Row: { changed }. */
export const renamePauses = renamed('rename-pauses-of-person', 'runners', 'paused_by');
export const renameKeys = renamed('rename-keys-of-person', 'api_keys', 'name');

/** What requests with an Idempotency-Key are answered again. $1 org, $2 the name `asJsonValue`, $3 most. Row: { changed }. */
export const renameAnswers: Statement = {
  name: 'rename-in-answers',
  text: `
WITH changed AS (
  UPDATE idempotency_keys SET response = ${withoutName('response', '$2')}
  WHERE org_id = $1 AND response::text ~ $2
    AND key = ANY (ARRAY(SELECT key FROM idempotency_keys WHERE org_id = $1 AND response::text ~ $2 LIMIT $3))
  RETURNING 1
)
SELECT count(*) AS changed FROM changed`,
};

/** What was found on a page. */
export interface Found {
  /** Where to go on; null at the end. */
  last: string | null;
  /** Null where the page has none. */
  id: string | null;
  /** The session in whose log the name stands too. */
  runId: string | null;
}

/** Looks at some approvals of an org, in order of age. $1 org, $2 after which, $3 name, $4 most. Rows: a Found each, at least one. */
export const findApprovals: Statement = {
  name: 'find-approvals-of-person',
  text: `
WITH looked AS (
  SELECT id, run_id, decided_by FROM approvals WHERE org_id = $1 AND id > $2 ORDER BY id LIMIT $4
)
SELECT (SELECT max(id) FROM looked) AS last, l.id, l.run_id AS "runId" FROM (SELECT) one LEFT JOIN looked l ON l.decided_by = $3`,
};

/** $1 approvals, $2 name. */
export const renameApprovals: Statement = {
  name: 'rename-approvals-of-person',
  text: `UPDATE approvals SET decided_by = '${nobody}' WHERE id = ANY ($1::text[]) AND decided_by = $2`,
};

/** Looks at some entries, in order of age. $1 org, $2 after which, $4 most; the rest as `entryHolds`. Rows: a Found each, at least one. */
export const findEntries: Statement = {
  name: 'find-entries-of-person',
  text: `
WITH looked AS (
  SELECT * FROM audit_entries WHERE org_id = $1 AND id > $2 ORDER BY id LIMIT $4
)
SELECT (SELECT max(id) FROM looked) AS last, l.id,
  CASE WHEN l.actor_name = $3 AND l.action IN ('approval.allow', 'approval.deny') THEN l.detail ->> 'runId' END AS "runId"
FROM (SELECT) one LEFT JOIN looked l ON ${entryHolds('l')}`,
};

/**
 * Puts entries in the place of those with the name. The trail takes no change, so that they are forgotten, which the transaction must
 * be allowed to, and written anew. $1 org, $2 entries, $3 name, $4 it `asJsonValue`, $5 the keys of that name.
 */
export const rewriteEntries: Statement = {
  name: 'rewrite-entries-of-person',
  text: `
WITH old AS (
  DELETE FROM audit_entries WHERE org_id = $1 AND id = ANY ($2::text[]) RETURNING *
)
INSERT INTO audit_entries (org_id, id, at, action, actor_kind, actor_id, actor_name, request_id, address, subject_id,
  subject_name, detail)
SELECT org_id, id, at, action, actor_kind, actor_id, CASE WHEN actor_name = $3 THEN '${nobody}' ELSE actor_name END, request_id,
  CASE WHEN actor_name <> $3 AND actor_id <> ALL ($5::text[]) THEN address END, subject_id,
  CASE WHEN subject_name = $3 THEN '${nobody}' ELSE subject_name END, ${withoutName('detail', '$4')}
FROM old`,
};

const afterName = (words: string) =>
  `WHEN starts_with(e.message, '${words}' || $4) THEN '${words}${nobody}' || substr(e.message, ${words.length + 1} + length($4::text))`;

/**
 * Who decided, in some events of a log. What their runner may send again is held against the digest, which stays. $1 run, $2 after which
 * seq, $3 most that are looked at, $4 name. Row: { last, changed }.
 */
export const renameInLog: Statement = {
  name: 'rename-in-log',
  text: `
WITH looked AS (
  SELECT seq, kind, data FROM events WHERE run_id = $1 AND seq > $2 ORDER BY seq LIMIT $3
),
changed AS (
  UPDATE events e SET data = jsonb_set(e.data, '{decidedBy}', '"${nobody}"'),
    message = CASE ${afterName('allowed by ')} ${afterName('denied by ')} ELSE e.message END
  FROM looked l
  WHERE e.run_id = $1 AND e.seq = l.seq AND l.kind = 'system' AND l.data ->> 'type' = 'approval' AND l.data ->> 'decidedBy' = $4
  RETURNING 1
)
SELECT (SELECT max(seq) FROM looked)::text AS last, (SELECT count(*) FROM changed) AS changed`,
};

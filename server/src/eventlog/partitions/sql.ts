import { hash } from 'node:crypto';
import type { Queryable, Statement } from '../../db/database.js';

/** Of servers that keep the partitions at the same time one does. Row: { mine }. Until the end of the transaction. */
export const takeTurn: Statement = {
  name: 'events-by-time-turn',
  text: 'SELECT pg_try_advisory_xact_lock(72707371) AS mine',
};

/**
 * For a transaction that changes partitions: who appends or reads meanwhile waits behind it for so long at most, whatever it waits
 * for itself.
 */
export const waitBriefly: Statement = {
  name: 'events-by-time-brief',
  text: `SELECT set_config('lock_timeout', '100ms', true)`,
};

/** For a transaction that reads a whole table, in front of nobody. */
export const takeTime: Statement = {
  name: 'events-by-time-slow',
  text: `SELECT set_config('statement_timeout', '0', true)`,
};

/** Whether the role of the server may make and drop partitions. $1 table. Row: { may }. */
export const mayChange: Statement = {
  name: 'events-by-time-may',
  text: `
SELECT pg_has_role(relowner, 'USAGE') AND has_schema_privilege(relnamespace, 'CREATE') AS may
FROM pg_class WHERE oid = to_regclass($1) AND relkind = 'p'`,
};

/** The partitions of a table. $1 table. Rows: { name, bound }, as PostgreSQL writes it. */
export const partitionsOf: Statement = {
  name: 'events-by-time-partitions',
  text: `
SELECT c.relname::text AS name, pg_get_expr(c.relpartbound, c.oid) AS bound
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = to_regclass($1)`,
};

/** The end that the partition of the rest is to have. $1 its name. Row: { bound, proven }; none while it has none. */
export const endOf: Statement = {
  name: 'events-by-time-end',
  text: `
SELECT pg_get_constraintdef(oid) AS bound, convalidated AS proven FROM pg_constraint
WHERE conrelid = to_regclass($1) AND conname = 'ends'`,
};

/** What others may do with a table. $1 its name. Rows: { what, who }, as GRANT takes them. */
const rightsOn: Statement = {
  name: 'events-by-time-rights',
  text: `
SELECT a.privilege_type AS what, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS who
FROM pg_class c, aclexplode(c.relacl) a WHERE c.oid = to_regclass($1) AND a.grantee <> c.relowner`,
};

/**
 * Whether anything of a time must stay: the log of a run that retention has not taken yet, or that goes on. $1 from, $2 to, ids of
 * runs. Row: while there is one.
 */
export const mustStay: Statement = {
  name: 'events-by-time-must-stay',
  text: `
SELECT FROM runs WHERE id >= $1 AND id < $2
  AND (events_pruned_at IS NULL OR status NOT IN ('SUCCEEDED', 'FAILED', 'CANCELLED')) LIMIT 1`,
};

/** A statement of names and bounds, which no value can stand for: prepared under a name of its own. */
export const written = (text: string): Statement => ({
  name: `events-by-time-${hash('sha256', text, 'hex').slice(0, 16)}`,
  text,
});

/** As a name of SQL. */
export const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

/** Makes an empty table as another one, with the same rights of others: who makes a backup reads each partition by its name. */
export async function makeAlike(tx: Queryable, table: string, name: string): Promise<void> {
  await tx.query(written(`CREATE TABLE ${quoted(name)} (LIKE ${table} INCLUDING ALL)`), []);
  for (const { what, who } of await tx.query<{ what: string; who: string }>(rightsOn, [table])) {
    await tx.query(written(`GRANT ${what} ON ${quoted(name)} TO ${who}`), []);
  }
}

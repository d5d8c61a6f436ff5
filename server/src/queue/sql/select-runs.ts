import { maxLineChars, maxRowChars, type RunsQuery } from '@agentfleet/contract';
import type { Statement } from '../../db/database.js';
import { runIdsFrom } from '../../db/ids.js';
import { runColumns } from './run-columns.js';
import { type Bind, hasEnded, waysTo } from './ways-to-runs.js';

/**
 * What a row of a list is read by: all that callers see of a run, but of texts no more than a row shows, so that what is
 * cut never leaves the database. To be cut on whole characters is what `left` is for; whether it did is told by bytes,
 * which the database knows of a text without reading it.
 */
const columns = `${runColumns},
  left(r.input, ${maxRowChars}) AS input, left(r.result, ${maxRowChars}) AS result,
  CASE WHEN ${hasManyModels('r')} THEN r.usage || '{"byModel":{}}' ELSE r.usage END AS usage,
  ${isCut('r.input')} OR ${isCut('r.result')} OR ${hasManyModels('r')} AS truncated,
  r.ready, r.pinned, r.cwd_key`;

/** Events and approvals of a run that are looked at for its row: whatever it did before, a row costs no more. */
const mostEvents = 50;
const mostApprovals = 100;

/**
 * What a run is at, of those on the page alone: the oldest of its approvals that wait, and the newest of its events that
 * says or does something. Nothing of it is kept with the run, so that appending costs what it did.
 */
const lines = `
LEFT JOIN LATERAL (
  SELECT a.id AS ask_id, a.tool AS ask_tool, left(a.message, ${maxLineChars}) AS ask_message, a.expires_at AS ask_expires_at
  FROM (
    SELECT id, token, state, tool, message, expires_at FROM approvals
    WHERE run_id = r.id ORDER BY id DESC LIMIT ${mostApprovals}
  ) a
  WHERE r.status = 'RUNNING' AND r.approvals_waiting > 0
    AND a.state = 'waiting' AND a.token = r.attempt_token AND a.expires_at > now()
  ORDER BY a.id LIMIT 1
) ask ON true
LEFT JOIN LATERAL (
  SELECT e.kind AS line_kind, left(e.message, ${maxLineChars}) AS line_message, e.at AS line_at FROM events e
  WHERE r.status = 'RUNNING' AND e.run_id = r.id AND e.seq >= r.attempt_first_seq
    AND e.seq > r.last_seq - ${mostEvents} AND e.kind IN ('assistant', 'tool_use')
  ORDER BY e.seq DESC LIMIT 1
) line ON true`;

/** Runs that are looked at for one page where some may not fit: to search the texts of one takes longer than all else. */
const mostLooked = { text: 1_000, other: 5_000 };
/** Of each of many directories. */
const fewest = 50;

function isCut(text: string): string {
  return `coalesce(octet_length(${text}) > octet_length(left(${text}, ${maxRowChars})), false)`;
}

/** No session has so many that this is much. */
function hasManyModels(r: string): string {
  return `coalesce(octet_length(${r}.usage::text) > 8192, false)`;
}

/**
 * The runs that fit, by id, which is by age. Each set of filters is a statement of its own. Where not all of them lead through an
 * index, a page ends where so many runs were looked at, whether they fit or not: it costs alike whatever else there is.
 * @param folders see waysTo
 * @param from an id before which all runs were deleted: years of those would be looked at otherwise; empty where none is known
 * Rows: a SelectedRun each; where some may not fit, and none does, one without a run.
 */
export function selectRuns(
  orgId: string,
  query: RunsQuery,
  folders?: string[],
  from = '',
): { statement: Statement; values: unknown[] } {
  const values: unknown[] = [];
  const bind: Bind = (value) => `$${values.push(value)}`;
  const org = bind(orgId);
  const { cursor, createdAfter, createdBefore, order, limit } = query;
  const isDown = order === 'desc';
  const by = isDown ? 'DESC' : 'ASC';
  const { arms, conditions, isLoose, name } = waysTo(query, folders, org, bind);
  const given = (value: unknown, condition: (parameter: string) => string) =>
    value === undefined ? [] : [condition(bind(value))];
  const most = bind(limit + 1);
  const fits = [
    'r.deleted_at IS NULL',
    ...conditions,
    ...given(createdAfter, (at) => `r.created_at > ${at}`),
    ...given(createdBefore, (at) => `r.created_at < ${at}`),
  ];
  // Ids have an index, the time of creation has not: they bound what is looked at.
  const bounds: ((id: string) => string)[] = [
    ...given(cursor, (end) => end).map((end) => (id: string) => `${id} ${isDown ? '<' : '>'} ${end}`),
    ...given(from || undefined, (least) => least).map((least) => (id: string) => `${id} >= ${least}`),
    ...given(createdAfter && idsAround(createdAfter, -1), (end) => end).map(
      (end) => (id: string) => `${id} >= ${end}`,
    ),
    ...given(createdBefore && idsAround(createdBefore, 1), (end) => end).map(
      (end) => (id: string) => `${id} < ${end}`,
    ),
  ];
  const edgeOf = (id: string) => `${id} ${isDown ? '>=' : '<='} (SELECT id FROM edge)`;

  const looked = mostLooked[query.q === undefined ? 'other' : 'text'];
  const ways = arms.map(({ from, join = '', where, id, lead, check, each, isShort }) => {
    const within = [where, ...bounds.map((bound) => bound(id))].join(' AND ');
    const held = [...(check ? [check] : []), ...fits];
    const ordered = (more: string) => `ORDER BY ${isShort ? '' : `${lead} ${by}, `}${id} ${by} ${more}`;
    if (!isLoose || isShort) {
      const fit = [within, ...(isLoose ? [edgeOf(id)] : []), ...held].join(' AND ');
      const look = `SELECT ${id} AS id FROM ${from} ${join} WHERE ${fit} ${ordered(`LIMIT ${most}`)}`;
      return { look: perRow(each?.from, look), end: undefined };
    }
    const bound = Math.max(fewest, Math.floor(looked / (each?.many ?? 1)));
    const some = `SELECT r.*, ${lead} AS lead FROM ${from} ${join} WHERE ${within} ${ordered(`LIMIT ${bound}`)}`;
    const fit = [edgeOf('r.id'), ...held].join(' AND ');
    const look = `SELECT r.id FROM (${some}) r WHERE ${fit} ORDER BY r.lead ${by}, r.id ${by} LIMIT ${most}`;
    const end = `SELECT ${id} AS id FROM ${from} WHERE ${within} ${ordered(`OFFSET ${bound - 1} LIMIT 1`)}`;
    return { look: perRow(each?.from, look), end: perRow(each?.from, end) };
  });
  const found = ways.map(({ look }) => look);
  const ends = ways.flatMap(({ end }) => end ?? []);
  // Of how many directories it is decides how many runs of each are looked at.
  const each = isLoose ? arms.map((arm) => arm.each?.many ?? '').join('') : '';
  const beyond = isDown ? `''` : `'~'`;
  const edge = `
edge AS MATERIALIZED (
  SELECT COALESCE(${isDown ? 'max' : 'min'}(id), ${beyond}) AS id FROM (${ends.join(' UNION ALL ')}) ends
),`;
  return {
    statement: {
      name: `select-runs-${order}-${name}${cursor ? 'c' : ''}${createdAfter ? 'a' : ''}${createdBefore ? 'b' : ''}${from ? 'f' : ''}${each}`,
      text: `
WITH ${isLoose ? edge : ''}
found AS MATERIALIZED (
  SELECT id FROM (${found.join('\n    UNION ALL ')}) found ORDER BY id ${by} LIMIT ${most}
)
SELECT ${columns}, ask.*, line.*, ${isLoose ? `NULLIF(edge.id, ${beyond})` : 'NULL'} AS edge
FROM ${isLoose ? 'edge LEFT JOIN found ON true LEFT JOIN' : 'found JOIN'} runs r ON r.id = found.id ${lines}
ORDER BY r.id ${by}`,
    },
    values,
  };
}

/** @param rows SQL of what it is asked once for; undefined: it is asked once */
const perRow = (rows: string | undefined, statement: string) =>
  rows === undefined
    ? `(${statement})`
    : `(SELECT one.id FROM ${rows} CROSS JOIN LATERAL (${statement}) one)`;

/**
 * The keys of the directories below one, and its own, that have runs which ended. It goes through an index from one to the next.
 * $1 org, $2 the key, $3 and $4 what keys below it lie between, $5 most. Rows: { key }.
 */
export const foldersBelow: Statement = {
  name: 'folders-below',
  text: `
WITH RECURSIVE folders(key, place) AS (
  SELECT (
    SELECT r.cwd_key FROM runs r WHERE r.org_id = $1 AND r.cwd_key >= $3 AND r.cwd_key < $4 AND ${hasEnded}
    ORDER BY r.cwd_key LIMIT 1
  ), 1
  UNION ALL
  SELECT (
    SELECT r.cwd_key FROM runs r WHERE r.org_id = $1 AND r.cwd_key > folders.key AND r.cwd_key < $4 AND ${hasEnded}
    ORDER BY r.cwd_key LIMIT 1
  ), place + 1
  FROM folders WHERE key IS NOT NULL AND place < $5::int
)
SELECT $2::text AS key UNION SELECT key FROM folders WHERE key IS NOT NULL`,
};

/** The columns of a run that callers see, with what its row says besides. */
export interface SelectedRun extends Record<string, unknown> {
  /** Null in a row that only tells the edge. */
  id: string | null;
  /** The last run that was looked at, where there may be more behind it. */
  edge: string | null;
  truncated: boolean;
  ask_id: string | null;
  ask_tool: string;
  ask_message: string;
  ask_expires_at: Date;
  line_kind: 'assistant' | 'tool_use' | null;
  line_message: string;
  line_at: Date;
}

/** A day wider, for clocks that differ. */
const idsAround = (instant: string, days: -1 | 1) => runIdsFrom(Date.parse(instant) + days * clockSlackMs);
const clockSlackMs = 24 * 3_600_000;

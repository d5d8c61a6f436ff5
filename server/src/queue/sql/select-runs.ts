import { maxLineChars, maxRowChars, parseDirectory, type RunsQuery } from '@agentfleet/contract';
import type { Statement } from '../../db/database.js';
import { runIdsFrom } from '../../db/ids.js';
import { runColumns } from './run-columns.js';

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

function isCut(text: string): string {
  return `coalesce(octet_length(${text}) > octet_length(left(${text}, ${maxRowChars})), false)`;
}

/** No session has so many that this is much. */
function hasManyModels(r: string): string {
  return `coalesce(octet_length(${r}.usage::text) > 8192, false)`;
}

/**
 * The runs that fit, by id, which is by age. Each set of filters is a statement of its own: one that served all would be
 * planned for none. Rows: a SelectedRun each.
 */
export function selectRuns(orgId: string, query: RunsQuery): { statement: Statement; values: unknown[] } {
  const values: unknown[] = [];
  const bind = (value: unknown) => `$${values.push(value)}`;
  const { ids, cursor, createdAfter, createdBefore, status, runnerId, label, threadId, cwd, waiting, q } =
    query;
  const after = query.order === 'desc' ? '<' : '>';
  /** By a letter each, which name the statement. */
  const filters: [letter: string, condition: string | undefined][] = [
    ['', `r.org_id = ${bind(orgId)} AND r.deleted_at IS NULL`],
    ['i', ids && `r.id = ANY (${bind(ids)}::text[])`],
    ['c', cursor && `r.id ${after} ${bind(cursor)}`],
    // Ids have an index, the time of creation has not: they bound what is looked at.
    [
      'a',
      createdAfter && `r.created_at > ${bind(createdAfter)} AND r.id >= ${bind(idsAround(createdAfter, -1))}`,
    ],
    [
      'b',
      createdBefore &&
        `r.created_at < ${bind(createdBefore)} AND r.id < ${bind(idsAround(createdBefore, 1))}`,
    ],
    ['s', status && `r.status = ANY (${bind(status)}::"RunStatus"[])`],
    ['r', runnerId && `r.runner_id = ${bind(runnerId)}`],
    ['l', label && `${bind(label)} = ANY (r.labels)`],
    ['t', threadId && ofThread(bind(threadId))],
    ['d', cwd && inDirectory(cwd, bind)],
    // Of a run that is over the count may still stand.
    ['w', waiting && `r.status = 'RUNNING' AND r.approvals_waiting > 0`],
    ['q', q && says(bind(`%${literal(q)}%`))],
  ];
  const given = filters.filter(([, condition]) => condition !== undefined);
  return {
    statement: {
      name: `select-runs-${query.order}-${given.map(([letter]) => letter).join('')}`,
      text: `
SELECT ${columns}, ask.*, line.* FROM (
  SELECT * FROM runs r
  WHERE ${given.map(([, condition]) => condition).join('\n    AND ')}
  ORDER BY r.id ${query.order} LIMIT ${bind(query.limit + 1)}
) r ${lines}
ORDER BY r.id ${query.order}`,
    },
    values,
  };
}

/** The columns of a run that callers see, with what its row says besides. */
export interface SelectedRun extends Record<string, unknown> {
  truncated: boolean;
  ask_id: string | null;
  ask_tool: string;
  ask_message: string;
  ask_expires_at: Date;
  line_kind: 'assistant' | 'tool_use' | null;
  line_message: string;
  line_at: Date;
}

/** A thread is named after its first run, and only follow-ups are indexed by it. */
const ofThread = (id: string) => `(r.id = ${id} OR (r.thread_id = ${id} AND r.parent_run_id IS NOT NULL))`;

function inDirectory(cwd: string, bind: (value: unknown) => string): string {
  const key = parseDirectory(cwd)?.key ?? cwd;
  const below = `${literal(key.endsWith('/') ? key : `${key}/`)}%`;
  return `(r.cwd_key = ${bind(key)} OR r.cwd_key LIKE ${bind(below)})`;
}

const says = (pattern: string) => `(r.input ILIKE ${pattern} OR r.result ILIKE ${pattern})`;

/** Three characters mean something to LIKE. */
const literal = (text: string) => text.replace(/[\\%_]/g, '\\$&');

/** A day wider, for clocks that differ. */
const idsAround = (instant: string, days: -1 | 1) => runIdsFrom(Date.parse(instant) + days * clockSlackMs);
const clockSlackMs = 24 * 3_600_000;

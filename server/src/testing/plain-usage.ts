import type { UsageGroup } from '@agentfleet/contract';
import type { Database } from '../db/database.js';
import { runIdsFrom } from '../db/ids.js';
import type { UsageRange } from '../usage/sum-usage.js';

/** A run as a history has it. */
export interface PlainRun {
  /** When it was made, ms since 1970. */
  at: number;
  /** How far the clock was ahead that made its id, ms. */
  ahead?: number;
  runner?: string | null;
  cwd: string;
  model?: string | null;
  labels: string[];
  key?: string | null;
  cost?: number | null;
  /** Input tokens by model; null is no usage. */
  models?: Record<string, number> | null;
}

const usageOf = ({ models }: PlainRun) => {
  if (!models) return null;
  const counts = (tokens: number) => ({
    inputTokens: tokens,
    outputTokens: tokens * 2,
    cacheReadTokens: 1,
    cacheCreationTokens: 0,
  });
  const all = Object.values(models).reduce((sum, one) => sum + one, 0);
  const byModel = Object.entries(models).map(([model, tokens]) => [
    model,
    { ...counts(tokens), costUsd: tokens / 1_000 },
  ]);
  return JSON.stringify({ ...counts(all), byModel: Object.fromEntries(byModel) });
};

let made = 0;

/** Puts a run that has ended on record. @returns its id */
export async function putRun(database: Database, orgId: string, run: PlainRun): Promise<string> {
  made += 1;
  const id = `${runIdsFrom(run.at + (run.ahead ?? 0))}${String(made).padStart(13, '0')}`;
  await database.query(
    {
      name: 'put-run',
      text: `
INSERT INTO runs (id, org_id, status, input, cwd, cwd_key, permission_mode, labels, thread_id, lane, created_at, runner_id, model,
  launched_by, cost_usd, usage, finished_at)
VALUES ($1, $2, 'SUCCEEDED', 'go', $3, lower($3), 'default', $4, $1, 'lane', to_timestamp($5::float8 / 1000), $6, $7, $8, $9, $10::text::jsonb,
  now())`,
    },
    [
      ...[id, orgId, run.cwd, run.labels, run.at, run.runner ?? null, run.model ?? null, run.key ?? null],
      ...[run.cost ?? null, usageOf(run)],
    ],
  );
  return id;
}

/** Changes what usage depends on, as an end, a correction or people do. */
export async function changeRun(database: Database, id: string, run: Omit<PlainRun, 'at' | 'cwd'>) {
  await database.query(
    {
      name: 'change-plain-run',
      text: `UPDATE runs SET labels = $2, runner_id = $3, cost_usd = $4, usage = $5::text::jsonb WHERE id = $1`,
    },
    [id, run.labels, run.runner ?? null, run.cost ?? null, usageOf({ ...run, at: 0, cwd: '' })],
  );
}

const groups: Record<UsageGroup | 'none', [key: string, name: string, from: string]> = {
  none: [`''`, `''`, ''],
  runner: [`coalesce(r.runner_id, '')`, `''`, ''],
  directory: ['r.cwd_key', 'r.cwd', ''],
  model: [
    `coalesce(m.key, r.model, '')`,
    `''`,
    `LEFT JOIN LATERAL jsonb_each(r.usage -> 'byModel') m ON true`,
  ],
  label: [`coalesce(l, '')`, `''`, 'LEFT JOIN LATERAL unnest(r.labels) l ON true'],
  key: [`coalesce(r.launched_by, '')`, `''`, ''],
};

/** `day|key|runs|input tokens|cost` of every row, in order: a plain aggregate over the runs, all of them read. */
export async function plainUsage(
  database: Database,
  orgId: string,
  { from, to, timeZone, byDay, by, groups: told }: UsageRange,
): Promise<string[]> {
  const [key, name, more] = groups[by ?? 'none'];
  const [cost, tokens] =
    by === 'model'
      ? [
          `CASE WHEN m.key IS NULL THEN r.cost_usd ELSE (m.value ->> 'costUsd')::float8 END`,
          'coalesce(m.value, r.usage)',
        ]
      : ['r.cost_usd', 'r.usage'];
  const rows = await database.query<{ row: string }>(
    {
      name: `plain-usage-${by}-${byDay}`,
      text: `
WITH facts AS (
  SELECT CASE WHEN $6::bool THEN to_char(r.created_at AT TIME ZONE $4::text, 'YYYY-MM-DD') ELSE '' END AS day,
    (${key}) COLLATE "C" AS key, (${name}) COLLATE "C" AS name,
    coalesce(${cost}, 0)::numeric AS cost, coalesce((${tokens} ->> 'inputTokens')::numeric, 0) AS input
  FROM runs r ${more} WHERE r.org_id = $1 AND r.created_at >= $2 AND r.created_at < $3
), ranked AS (
  SELECT key, min(name) AS name, row_number() OVER (ORDER BY sum(cost) DESC, count(*) DESC, key) > $5::int AS other
  FROM facts GROUP BY key
), told AS (
  SELECT day, other, CASE WHEN other THEN 'other' ELSE coalesce(nullif(k.name, ''), key) END AS key,
    count(*) AS runs, sum(cost) AS cost, sum(input) AS input
  FROM facts JOIN ranked k USING (key) GROUP BY 1, 2, 3
)
SELECT concat_ws('|', day, key, runs, input, round(cost, 9)) AS row FROM told ORDER BY 1`,
    },
    [orgId, from, to, timeZone, told, byDay],
  );
  return rows.map(({ row }) => row);
}

import type { UsageGroup } from '@agentfleet/contract';

/** Where a statement finds a group's key, what else it has to read for it, and the figures where they are not the run's own. */
interface Kind {
  number: number;
  /** An empty key is none. */
  key: string;
  /** How the key is spelled, where one key has several spellings. */
  name?: string;
  from?: string;
  cost?: string;
  tokens?: string;
}

/** What usage is told apart by. A run has a fact for each of its labels, and for each model that it used. */
export const kinds: Record<UsageGroup, Kind> = {
  runner: { number: 1, key: `coalesce(r.runner_id, '')` },
  // One directory may be spelled in several ways.
  directory: { number: 2, key: 'r.cwd_key', name: 'r.cwd' },
  model: {
    number: 3,
    key: `coalesce(m.key, r.model, '')`,
    from: `LEFT JOIN LATERAL jsonb_each(r.usage -> 'byModel') m ON true`,
    cost: `CASE WHEN m.key IS NULL THEN r.cost_usd ELSE (m.value ->> 'costUsd')::float8 END`,
    tokens: 'CASE WHEN m.key IS NULL THEN r.usage ELSE m.value END',
  },
  label: {
    number: 4,
    key: `coalesce(l.label, '')`,
    from: 'LEFT JOIN LATERAL unnest(r.labels) l(label) ON true',
  },
  key: { number: 5, key: `coalesce(r.launched_by, '')` },
};

/** Of a run what usage depends on. */
export const usageColumns =
  'org_id, created_at, runner_id, cwd_key, cwd, model, labels, launched_by, cost_usd, usage';

const figures = [
  ['cost', ''],
  ['input', 'inputTokens'],
  ['output', 'outputTokens'],
  ['cache_read', 'cacheReadTokens'],
  ['cache_creation', 'cacheCreationTokens'],
] as const;

/** What a runner may say of one run, in USD or tokens: what is beyond would end in sums that are beyond all numbers. */
const mostOfOne = '1e18';

/** Columns of a fact, and of a sum of facts, that are added up. */
export const summed = ['runs', ...figures.map(([column]) => column)] as const;

/** @param alias of what has them, with the point; `as` what is made of each, default its sum under its name */
export const sums = (alias = '', as = (column: string) => `sum(${alias}${column}) AS ${column}`) =>
  summed.map(as).join(', ');

/**
 * Facts of a kind: org_id, kind, key, name, at, and `summed`.
 * @param source SQL name of what has `usageColumns` and `sign`, 1 or, for what is taken away, -1
 */
export function factsOf(kind: UsageGroup, source: string): string {
  const { number, key, name = `''`, from = '', cost = 'r.cost_usd', tokens = 'r.usage' } = kinds[kind];
  const figure = ([column, member]: (typeof figures)[number]) =>
    `r.sign * LEAST(coalesce((${member === '' ? cost : `(${tokens}) ->> '${member}'`})::float8, 0), ${mostOfOne}) AS ${column}`;
  return `
  SELECT r.org_id, ${number}::smallint AS kind, (${key}) COLLATE "C" AS key, (${name}) COLLATE "C" AS name,
    r.created_at AS at, r.sign::float8 AS runs, ${figures.map(figure).join(', ')}
  FROM ${source} r ${from}`;
}

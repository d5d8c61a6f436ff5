import type { Figures, Usage } from '@agentfleet/contract';
import type { Database } from '../db/database.js';
import { type Recounted, recountRuns } from './recount.js';
import { endedRuns, setFigures } from './sql/recount-runs.js';

/** Runs of one step: their events are read together, and other statements come between two steps. */
const runsAtOnce = 200;
/** USD; what differs by less is the same sum of fractions in another order. */
const tolerance = 1e-9;

export interface RecountOptions {
  /** Undefined is every org. */
  orgId?: string | undefined;
  /** Says what would be changed, and changes nothing. */
  dryRun: boolean;
  /** Takes each line that is for people. */
  say(line: string): void;
}

/**
 * Sets right the cost, tokens and turns of runs that have ended, where their logs say otherwise. May be stopped and
 * repeated at any time, while servers and runners work: a run that changes meanwhile keeps what it was given then.
 */
export async function recountCosts(database: Database, { orgId, dryRun, say }: RecountOptions) {
  const sums = { runs: 0, changed: 0, undecided: 0, before: 0, after: 0 };
  for (let after = ''; ; ) {
    const rows = await database.query<{ id: string }>(endedRuns, [after, orgId ?? '', runsAtOnce]);
    const last = rows.at(-1);
    if (!last) break;
    after = last.id;
    sums.runs += rows.length;
    const ids = rows.map(({ id }) => id);
    for (const run of await recountRuns(database, ids)) {
      if (!run.counted) {
        sums.undecided += 1;
        say(`${run.id}  ${words(run.stored)}  not decided: ${run.why}`);
      } else if (!isSame(run.stored, run.counted) && (dryRun || (await setRight(database, run)))) {
        sums.changed += 1;
        sums.before += run.stored.costUsd ?? 0;
        sums.after += run.counted.costUsd ?? 0;
        say(`${run.id}  ${words(run.stored)} → ${words(run.counted)}`);
      }
    }
  }
  const changed = `${dryRun ? 'would be changed' : 'changed'}: ${dollars(sums.before)} → ${dollars(sums.after)}`;
  say(`${sums.changed} of ${sums.runs} runs ${changed}. ${sums.undecided} could not be decided.`);
  return sums;
}

/** Sets right what was just stored of runs, as far as their logs tell: a runner may be older than the rule. */
export async function settleFigures(database: Database, ids: string[]): Promise<void> {
  if (ids.length === 0) return;
  for (const run of await recountRuns(database, ids)) {
    if (run.counted && !isSame(run.stored, run.counted)) await setRight(database, run);
  }
}

/** Writes what was counted; false where the run has other figures by now. */
export async function setRight(database: Database, { id, stored, counted }: Recounted): Promise<boolean> {
  if (!counted) return false;
  const { numTurns, costUsd, usage } = counted;
  const values = [id, numTurns, costUsd, usage && JSON.stringify(usage), stored.numTurns, stored.costUsd];
  return (await database.query(setFigures, values)).length > 0;
}

function isSame(one: Figures, other: Figures): boolean {
  return (
    one.numTurns === other.numTurns &&
    isNear(one.costUsd, other.costUsd) &&
    isSameUsage(one.usage, other.usage)
  );
}

function isSameUsage(one: Usage | null, other: Usage | null): boolean {
  if (!one || !other) return one === other;
  const models = new Set([...Object.keys(one.byModel), ...Object.keys(other.byModel)]);
  return (
    hasSameTokens(one, other) &&
    [...models].every((name) => {
      const [a, b] = [one.byModel[name], other.byModel[name]];
      return a && b && isNear(a.costUsd, b.costUsd) && hasSameTokens(a, b);
    })
  );
}

type Tokens = Omit<Usage, 'byModel'>;
const kinds = ['inputTokens', 'outputTokens', 'cacheReadTokens', 'cacheCreationTokens'] as const;
const hasSameTokens = (one: Tokens, other: Tokens) => kinds.every((kind) => one[kind] === other[kind]);

function isNear(one: number | null, other: number | null): boolean {
  if (one === null || other === null) return one === other;
  return Math.abs(one - other) < tolerance;
}

/** e.g. `$0.0124, 3,330 tokens, 2 turns` */
function words({ costUsd, usage, numTurns }: Figures): string {
  const tokens = usage && kinds.reduce((sum, kind) => sum + usage[kind], 0);
  return [
    costUsd === null ? 'no cost' : dollars(costUsd),
    tokens === null ? 'no tokens' : `${tokens.toLocaleString('en-US')} tokens`,
    numTurns === null ? 'no turns' : `${numTurns} ${numTurns === 1 ? 'turn' : 'turns'}`,
  ].join(', ');
}

function dollars(costUsd: number): string {
  return `$${costUsd.toLocaleString('en-US', { maximumFractionDigits: 6, useGrouping: false })}`;
}

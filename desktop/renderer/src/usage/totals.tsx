import type { UsageRow } from '@agentfleet/contract';
import { formatCost, formatCount } from '../ui/format.js';
import { tokensOf } from './series.js';

interface Props {
  today: readonly UsageRow[];
  month: readonly UsageRow[];
  /** The time that is shown below, and what people call it. */
  range: readonly UsageRow[];
  rangeName: string;
}

/** What was used: today, since the first of the month, and in the time that is shown. */
export function Totals({ today, month, range, rangeName }: Props) {
  return (
    <dl className="grid gap-3 sm:grid-cols-3">
      <Total name="Today" rows={today} />
      <Total name="This month" rows={month} />
      <Total name={rangeName} rows={range} />
    </dl>
  );
}

function Total({ name, rows }: { name: string; rows: readonly UsageRow[] }) {
  const sum = (of: (row: UsageRow) => number) => rows.reduce((total, row) => total + of(row), 0);
  const runs = sum((row) => row.runs);
  const cost = sum((row) => row.costUsd);
  const more = [
    runs === 1 ? '1 session' : `${formatCount(runs)} sessions`,
    ...(runs > 1 ? [`${formatCost(cost / runs)} each`] : []),
    `${formatCount(sum(tokensOf))} tokens`,
  ];
  return (
    <div className="panel flex flex-col !py-3">
      <dt className="text-soft">{name}</dt>
      <dd className="font-semibold text-2xl tabular-nums">{formatCost(cost)}</dd>
      <dd className="flex flex-wrap gap-x-3 text-soft tabular-nums">
        {runs === 0 ? 'No session' : more.map((words) => <span key={words}>{words}</span>)}
      </dd>
    </div>
  );
}

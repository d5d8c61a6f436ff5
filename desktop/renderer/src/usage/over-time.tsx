import { type UsageRow, withHiddenSpelled } from '@agentfleet/contract';
import { type KeyboardEvent, lazy, Suspense, useMemo, useState } from 'react';
import { ErrorBoundary } from '../ui/error-boundary.js';
import { Fault } from '../ui/fault.js';
import { Seen } from '../ui/seen.js';
import { columnsOf } from './columns.js';
import { type Figure, figures, type Series, totalsOf, valuesIn } from './series.js';
import { seriesColour } from './series-colour.js';
import { Swatch } from './usage-table.js';

const UsageChart = lazy(() => import('./usage-chart.js'));

interface Props {
  days: readonly string[];
  series: readonly Series[];
  /** What was used in all, by day. */
  spent: readonly UsageRow[];
  figure: Figure;
  /** Groups overlap, so that they stand beside each other. */
  isBeside: boolean;
}

/** The bars, and what they say of the day under the pointer; with the focus the arrows go from day to day. */
export function OverTime({ days, series, spent, figure, isBeside }: Props) {
  const [looked, setAt] = useState<number | null>(null);
  const columns = useMemo(() => columnsOf(days, isBeside), [days, isBeside]);
  const totals = useMemo(() => totalsOf(spent, days, columns, figure), [spent, days, columns, figure]);
  const at = looked !== null && looked < columns.length ? looked : null;
  const { format } = figures[figure];
  const name = (at === null ? undefined : columns[at]?.name) ?? 'In all';
  const value = (one: Series) => (at === null ? one.total : (valuesIn(one, columns)[at] ?? 0));
  const total = at === null ? totals.reduce((sum, one) => sum + one, 0) : (totals[at] ?? 0);
  const last = columns.length - 1;
  const onKeyDown = (event: KeyboardEvent) => {
    const next = {
      ArrowLeft: Math.max(0, (at ?? last + 1) - 1),
      ArrowRight: Math.min(last, (at ?? last - 1) + 1),
      Home: 0,
      End: last,
      Escape: null,
    }[event.key];
    if (next === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    setAt(next);
  };
  const told = series.map((one) => `${one.name} ${format(value(one))}`).join(', ');
  return (
    <div
      role="slider"
      tabIndex={0}
      aria-label="Day"
      aria-valuemin={0}
      aria-valuemax={last}
      aria-valuenow={at ?? last}
      aria-valuetext={withHiddenSpelled(`${name}: ${told}`)}
      className="flex flex-col gap-2 rounded-md"
      onKeyDown={onKeyDown}
      onBlur={() => setAt(null)}
    >
      <ErrorBoundary
        instead={(error) => (
          <div className="text-soft">
            <p>The chart could not be drawn; the table has the same figures.</p>
            <Fault error={error} />
          </div>
        )}
      >
        <Suspense fallback={<div className="skeleton h-65" />}>
          <UsageChart
            columns={columns}
            days={days}
            series={series}
            figure={figure}
            isBeside={isBeside}
            totals={totals}
            at={at}
            onAt={setAt}
          />
        </Suspense>
      </ErrorBoundary>
      <ul className="flex flex-wrap gap-x-5 gap-y-1 tabular-nums" aria-label="Legend">
        <li className="min-w-16 font-medium">
          {name} <span className="ml-1">{format(total)}</span>
        </li>
        {Array.from(series.entries(), ([index, one]) => (
          <li key={one.id} className="flex min-w-0 max-w-full items-center gap-1.5">
            <Swatch colour={seriesColour(one, index)} />
            <span className="truncate text-soft">
              <Seen text={one.name} />
            </span>
            <span>{format(value(one))}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

import type { UsageGroup, UsageRow } from '@agentfleet/contract';
import { useMutation } from '@tanstack/react-query';
import { type KeyboardEvent, lazy, Suspense, useMemo, useState } from 'react';
import { Link, useSearchParams } from 'wouter';
import { usePageTitle } from '../app/tab-state.js';
import { useTransport } from '../app/transport-context.js';
import { Choice } from '../ui/choice.js';
import { ErrorBoundary } from '../ui/error-boundary.js';
import { Fault } from '../ui/fault.js';
import { formatCost, formatCount, formatDay } from '../ui/format.js';
import { Empty, ErrorNote } from '../ui/notes.js';
import { Skeleton } from '../ui/skeleton.js';
import { usageCsv } from './csv.js';
import { dayOf } from './days.js';
import { type Figure, figures, type Series, seriesOf, tokensOf } from './series.js';
import { seriesColour } from './series-colour.js';
import { Swatch, UsageTable } from './usage-table.js';
import { recentDays, useUsage } from './use-usage.js';

const UsageChart = lazy(() => import('./usage-chart.js'));

const ranges = { '7': '7 days', '30': '30 days', '90': '90 days', '365': 'Year' };
const groupings: Record<UsageGroup, string> = {
  runner: 'Runner',
  directory: 'Folder',
  model: 'Model',
  label: 'Label',
  key: 'API key',
};
const figureWords: Record<Figure, string> = { cost: 'Cost', tokens: 'Tokens', runs: 'Sessions' };

/** What the fleet cost and how many tokens it used, over time and by group; the view is in the address. */
export default function UsagePage() {
  usePageTitle('Usage');
  const [search, setSearch] = useSearchParams();
  const range = oneOf(ranges, search.get('days'), '30');
  const by = oneOf(groupings, search.get('by'), 'runner');
  const figure = oneOf(figureWords, search.get('figure'), 'cost');
  const usage = useUsage(Number(range), by);
  const shown = usage.data;
  const series = useMemo(
    () => (shown ? seriesOf(shown.daily, shown.days, shown.by, figure) : []),
    [shown, figure],
  );
  const change = (name: string, value: string) =>
    setSearch((before) => new URLSearchParams({ ...Object.fromEntries(before), [name]: value }), {
      replace: true,
    });
  const colours = new Map(series.map((one, index) => [one.id, seriesColour(one, index)]));

  return (
    <div className="mx-auto flex max-w-6xl flex-col gap-5 px-4 py-5 sm:px-6">
      <div className="flex flex-wrap items-center gap-3">
        <h1 className="mr-auto font-semibold text-xl">Usage</h1>
        <Choice name="Time" options={ranges} value={range} onChange={(value) => change('days', value)} />
        <ExportButton range={Number(range)} by={by} />
      </div>
      <ErrorNote error={usage.error} />
      {usage.isPending && <Skeleton lines={8} />}
      {shown && shown.spent.length === 0 && (
        <Empty title="Nothing was used in this time">
          What sessions cost, and the tokens they use, is summed here by day as they finish.{' '}
          <Link href="/sessions/new" className="text-accent underline">
            Launch one
          </Link>
        </Empty>
      )}
      {shown && shown.spent.length > 0 && (
        <>
          <Totals rows={shown.spent} />
          <section aria-label="Over time" className="flex flex-col gap-3">
            <div className="flex flex-wrap gap-3">
              <Choice
                name="Figure"
                options={figureWords}
                value={figure}
                onChange={(value) => change('figure', value)}
              />
              <Choice name="By" options={groupings} value={by} onChange={(value) => change('by', value)} />
            </div>
            <Chart days={shown.days} series={series} figure={figure} />
          </section>
          <UsageTable
            rows={shown.groups}
            by={shown.by}
            colourOf={(id) => colours.get(id) ?? '--series-rest'}
          />
          {(shown.by === 'label' || shown.by === 'model') && (
            <p className="text-soft">
              {shown.by === 'label'
                ? 'A session counts under each of its labels, so labels add up to more than the whole.'
                : 'A session that used several models counts under each, with that model’s share of cost and tokens.'}
            </p>
          )}
        </>
      )}
    </div>
  );
}

function Totals({ rows }: { rows: readonly UsageRow[] }) {
  const sum = (of: (row: UsageRow) => number) => rows.reduce((total, row) => total + of(row), 0);
  const runs = sum((row) => row.runs);
  const cost = sum((row) => row.costUsd);
  const totals = [
    ['Cost', formatCost(cost)],
    ['Sessions', formatCount(runs)],
    ['Cost a session', formatCost(runs === 0 ? 0 : cost / runs)],
    ['Tokens', formatCount(sum(tokensOf))],
  ] as const;
  return (
    <dl className="grid grid-cols-2 gap-x-8 gap-y-3 sm:flex">
      {totals.map(([word, value]) => (
        <div key={word} className="flex flex-col">
          <dt className="text-soft">{word}</dt>
          <dd className="font-semibold text-2xl tabular-nums">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** The bars, and what they say of the day under the pointer; with the focus the arrows go from day to day. */
function Chart({ days, series, figure }: { days: string[]; series: Series[]; figure: Figure }) {
  const [at, setAt] = useState<number | null>(null);
  const { format } = figures[figure];
  const day = at === null ? undefined : days[at];
  const value = (one: Series) => (at === null ? one.total : (one.values[at] ?? 0));
  const last = days.length - 1;
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
      aria-valuetext={`${day ? formatDay(day) : 'In all'}: ${told}`}
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
        <Suspense fallback={<div className="skeleton h-60" />}>
          <UsageChart days={days} series={series} figure={figure} day={at} onDay={setAt} />
        </Suspense>
      </ErrorBoundary>
      <ul className="flex flex-wrap gap-x-5 gap-y-1 tabular-nums" aria-label="Legend">
        <li className="min-w-16 font-medium">{day ? formatDay(day) : 'In all'}</li>
        {series.map((one, index) => (
          <li key={one.id} className="flex min-w-0 max-w-full items-center gap-1.5">
            <Swatch colour={seriesColour(one, index)} />
            <span className="truncate text-soft">{one.name}</span>
            <span>{format(value(one))}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function ExportButton({ range, by }: { range: number; by: UsageGroup }) {
  const transport = useTransport();
  const save = useMutation({
    mutationFn: async () => {
      const { data } = await transport.usage({ ...recentDays(range), byDay: true, by, groups: 200 });
      const name = `agentfleet-usage-${by}-${dayOf(new Date())}.csv`;
      await transport.saveFile(name, 'text/csv', usageCsv(data, by));
    },
  });
  return (
    <>
      <button type="button" className="button" disabled={save.isPending} onClick={() => save.mutate()}>
        Export CSV
      </button>
      <ErrorNote error={save.error} />
    </>
  );
}

/** The option that is meant, or the usual one. */
function oneOf<Option extends string>(
  options: Readonly<Record<Option, string>>,
  value: string | null,
  usual: NoInfer<Option>,
): Option {
  return value !== null && Object.hasOwn(options, value) ? (value as Option) : usual;
}

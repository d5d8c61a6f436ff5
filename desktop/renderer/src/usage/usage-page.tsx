import type { UsageGroup } from '@agentfleet/contract';
import { useMemo } from 'react';
import { Link, useSearchParams } from 'wouter';
import { ExportCsv } from '../base/export-csv.js';
import { usePageTitle } from '../base/page-title.js';
import { useTransport } from '../base/transport-context.js';
import { Choice } from '../ui/choice.js';
import { Empty, ErrorNote } from '../ui/notes.js';
import { Skeleton } from '../ui/skeleton.js';
import { usageCsv } from './csv.js';
import { dayOf } from './days.js';
import { OverTime } from './over-time.js';
import { type Figure, overlaps, seriesOf } from './series.js';
import { seriesColour } from './series-colour.js';
import { Totals } from './totals.js';
import { UsageTable } from './usage-table.js';
import { recentDays, useUsage } from './use-usage.js';

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
          <Totals
            today={shown.month.filter(({ day }) => day === shown.days.at(-1))}
            month={shown.month}
            range={shown.spent}
            rangeName={range === '365' ? 'The last year' : `The last ${range} days`}
          />
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
            <OverTime
              days={shown.days}
              series={series}
              spent={shown.spent}
              figure={figure}
              isBeside={overlaps(shown.by, figure)}
            />
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

function ExportButton({ range, by }: { range: number; by: UsageGroup }) {
  const transport = useTransport();
  const make = async () => {
    const { data } = await transport.usage({ ...recentDays(range), byDay: true, by, groups: 200 });
    return { name: `agentfleet-usage-${by}-${dayOf(new Date())}.csv`, text: usageCsv(data, by) };
  };
  return <ExportCsv make={make} />;
}

/** The option that is meant, or the usual one. */
function oneOf<Option extends string>(
  options: Readonly<Record<Option, string>>,
  value: string | null,
  usual: NoInfer<Option>,
): Option {
  return value !== null && Object.hasOwn(options, value) ? (value as Option) : usual;
}

import { useEffect, useRef, useState } from 'react';
import UPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatDay } from '../ui/format.js';
import type { Column } from './columns.js';
import { axisLabels, type Figure, figures, type Series, stacked, valuesIn } from './series.js';
import { seriesColour } from './series-colour.js';

interface Props {
  columns: readonly Column[];
  /** By the place of a day. */
  days: readonly string[];
  series: readonly Series[];
  figure: Figure;
  /** Beside each other instead of on each other: what overlaps must not add up to more than there was. */
  isBeside: boolean;
  /** What is written above each column. */
  totals: readonly number[];
  /** The column that is looked at. */
  at: number | null;
  /** The pointer is over another column, or over none. */
  onAt: (at: number | null) => void;
}

const height = 260;
const labelFont = '12px ui-sans-serif, system-ui, sans-serif';
/** Part of a column's width that its bars take. */
const filled = 0.76;

interface Place {
  /** px from the left of the chart, and from its top. */
  x: number;
  y: number;
  /** Width of a column, px. */
  room: number;
}

/** Bars by day, by group, each column with its figure above it where there is room. The table below says the same in words. */
export default function UsageChart(props: Props) {
  const { columns, days, series, figure, isBeside, totals, at, onAt } = props;
  const box = useRef<HTMLDivElement>(null);
  const drawn = useRef<UPlot>(null);
  const latest = useRef(onAt);
  latest.current = onAt;
  const [places, setPlaces] = useState<readonly Place[]>([]);

  useEffect(() => {
    const place = box.current;
    if (!place) return;
    const token = (name: string) => getComputedStyle(place).getPropertyValue(name).trim();
    const grid = { stroke: () => token('--line'), width: 1 };
    const axis = { stroke: () => token('--ink-soft'), font: labelFont };
    const values = isBeside ? series.map((one) => valuesIn(one, columns)) : stackedIn(series, columns);
    const tops = columns.map((_column, index) => Math.max(0, ...values.map((one) => one[index] ?? 0)));
    const step = filled / Math.max(1, series.length);
    const bars = (index: number) =>
      isBeside
        ? UPlot.paths.bars?.({
            disp: {
              x0: { unit: 1, values: () => columns.map((_column, at) => at - filled / 2 + index * step) },
              size: { unit: 1, values: () => columns.map(() => step) },
            },
          })
        : UPlot.paths.bars?.({ size: [0.72, 44], align: 0 });
    const isThin = place.clientWidth / columns.length / (isBeside ? series.length : 1) <= 8;
    const chart = new UPlot(
      {
        width: place.clientWidth,
        height,
        padding: [22, 0, 0, 0],
        legend: { show: false },
        cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
        scales: {
          x: { time: false, range: [-0.6, columns.length - 0.4] },
          y: { range: (_chart, _min, max) => [0, max > 0 ? max * 1.04 : 1] },
        },
        axes: [
          {
            ...axis,
            grid: { show: false },
            ticks: { show: false },
            size: 30,
            gap: 8,
            space: 64,
            incrs: [1, 2, 7, 14, 30, 60, 90],
            values: (chart, ticks) =>
              ticks.map((tick) => labelOf(chart, tick, days[columns[tick]?.first ?? -1])),
          },
          {
            ...axis,
            grid,
            ticks: { show: false },
            // The chart asks first without labels.
            size: (chart, labels) => Math.max(58, 16 + widest(chart, labels ?? [])),
            values: (_chart, ticks) => axisLabels(figure, ticks),
          },
        ],
        series: [
          {},
          ...series.map((one, index) => {
            const paths = bars(index);
            return {
              ...(paths ? { paths } : {}),
              fill: () => token(seriesColour(one, index)),
              stroke: () => token('--paper'),
              // A line between parts that are thinner than it would leave nothing of them.
              width: isThin ? 0 : 1,
              points: { show: false },
            };
          }),
        ],
        hooks: {
          setCursor: [({ cursor }) => latest.current(cursor.idx ?? null)],
          draw: [(chart) => setPlaces(placesIn(chart, tops))],
        },
      },
      // A bar of no height would be drawn as a line.
      [columns.map((_column, index) => index), ...values.map((all) => all.map((value) => value || null))],
      place,
    );
    drawn.current = chart;
    const resize = new ResizeObserver(() => chart.setSize({ width: place.clientWidth, height }));
    resize.observe(place);
    // The canvas does not follow the tokens by itself.
    const redraw = () => chart.redraw();
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', redraw);
    const chosen = new MutationObserver(redraw);
    chosen.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    return () => {
      resize.disconnect();
      chosen.disconnect();
      scheme.removeEventListener('change', redraw);
      chart.destroy();
      drawn.current = null;
    };
  }, [columns, days, series, figure, isBeside]);

  // Where the keyboard is shows as the pointer does.
  useEffect(() => {
    const chart = drawn.current;
    if (!chart || at === (chart.cursor.idx ?? null)) return;
    chart.setCursor({ left: at === null ? -10 : chart.valToPos(at, 'x'), top: 0 }, false);
  }, [at]);

  return (
    <div aria-hidden="true" className="relative min-h-65 overflow-hidden">
      <div ref={box} />
      <Figures places={places} totals={totals} figure={figure} at={at} />
    </div>
  );
}

/** The figure of each column above it, in few digits where there is little room, and where there is none, that of the one that is looked at, else of the last. */
function Figures({
  places,
  totals,
  figure,
  at,
}: Pick<Props, 'totals' | 'figure' | 'at'> & { places: readonly Place[] }) {
  const texts = totals.map((total) => (total === 0 ? '' : figures[figure].format(total)));
  const briefs = totals.map((total) => (total === 0 ? '' : figures[figure].brief(total)));
  const fits = (all: readonly string[]) =>
    (places[0]?.room ?? 0) >= Math.max(0, ...all.map(({ length }) => length)) * 6 + 3;
  const shown = fits(texts) ? texts : fits(briefs) ? briefs : undefined;
  const last = texts.findLastIndex((text) => text !== '');
  const edge = (places.at(-1)?.x ?? 0) + 0.6 * (places[0]?.room ?? 0);
  return Array.from(places.entries(), ([index, { x, y }]) => {
    const text = index === (at ?? last) ? texts[index] : shown?.[index];
    if (!text) return null;
    return (
      <span
        key={index}
        className={`pointer-events-none absolute -translate-x-1/2 -translate-y-full text-[10.5px] tabular-nums ${index === (at ?? last) ? 'z-1 rounded-sm bg-paper px-0.5' : ''} ${index === at ? 'font-semibold text-ink' : 'text-soft'}`}
        style={{ left: Math.min(x, edge - text.length * 3.2 - 2), top: y - 2 }}
      >
        {text}
      </span>
    );
  });
}

function placesIn(chart: UPlot, tops: readonly number[]): Place[] {
  const left = chart.bbox.left / devicePixelRatio;
  const top = chart.bbox.top / devicePixelRatio;
  const room = chart.valToPos(1, 'x') - chart.valToPos(0, 'x');
  return tops.map((value, at) => ({
    x: left + chart.valToPos(at, 'x'),
    y: top + chart.valToPos(value, 'y'),
    room,
  }));
}

function stackedIn(series: readonly Series[], columns: readonly Column[]): number[][] {
  return stacked(series.map((one) => ({ ...one, values: valuesIn(one, columns) })));
}

/** px */
function widest({ ctx }: UPlot, labels: readonly string[]): number {
  ctx.save();
  ctx.font = labelFont;
  const widths = labels.map((label) => ctx.measureText(label).width);
  ctx.restore();
  return Math.max(0, ...widths);
}

/** The day below its bar; nothing where the edge would cut it. */
function labelOf(chart: UPlot, tick: number, day: string | undefined): string {
  if (day === undefined) return '';
  const label = formatDay(day);
  const half = widest(chart, [label]) / 2;
  return chart.valToPos(tick, 'x') + half > chart.bbox.width / devicePixelRatio ? '' : label;
}

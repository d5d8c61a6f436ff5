import { useEffect, useRef } from 'react';
import UPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatDay } from '../ui/format.js';
import { type Figure, figures, type Series, stacked } from './series.js';
import { seriesColour } from './series-colour.js';

interface Props {
  days: readonly string[];
  series: readonly Series[];
  figure: Figure;
  /** The day that is looked at, as an index. */
  day: number | null;
  /** The pointer is over another day, or over none. */
  onDay: (day: number | null) => void;
}

const height = 240;
const labelFont = '12px ui-sans-serif, system-ui, sans-serif';

/** Bars by day, stacked by group. The table below says the same in words. */
export default function UsageChart({ days, series, figure, day, onDay }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const drawn = useRef<UPlot>(null);
  const latest = useRef(onDay);
  latest.current = onDay;

  useEffect(() => {
    const place = box.current;
    if (!place) return;
    const token = (name: string) => getComputedStyle(place).getPropertyValue(name).trim();
    const grid = { stroke: () => token('--line'), width: 1 };
    const axis = { stroke: () => token('--ink-soft'), font: labelFont };
    const { format } = figures[figure];
    const bars = UPlot.paths.bars?.({ size: [0.72, 44], align: 0 });
    const chart = new UPlot(
      {
        width: place.clientWidth,
        height,
        padding: [12, 0, 0, 0],
        legend: { show: false },
        cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
        scales: {
          x: { time: false, range: [-0.6, days.length - 0.4] },
          y: { range: (_chart, _min, max) => [0, max > 0 ? max * 1.08 : 1] },
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
            values: (chart, ticks) => ticks.map((tick) => labelOf(chart, tick, days[tick])),
          },
          { ...axis, grid, ticks: { show: false }, size: 58, values: (_chart, ticks) => ticks.map(format) },
        ],
        series: [
          {},
          ...series.map((one, index) => ({
            ...(bars ? { paths: bars } : {}),
            fill: () => token(seriesColour(one, index)),
            stroke: () => token('--paper'),
            // A line between parts that are thinner than it would leave nothing of them.
            width: place.clientWidth / days.length > 8 ? 1 : 0,
            points: { show: false },
          })),
        ],
        hooks: { setCursor: [({ cursor }) => latest.current(cursor.idx ?? null)] },
      },
      [days.map((_day, index) => index), ...stacked(series)],
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
  }, [days, series, figure]);

  // Where the keyboard is shows as the pointer does.
  useEffect(() => {
    const chart = drawn.current;
    if (!chart || day === (chart.cursor.idx ?? null)) return;
    chart.setCursor({ left: day === null ? -10 : chart.valToPos(day, 'x'), top: 0 }, false);
  }, [day]);

  return <div ref={box} aria-hidden="true" className="min-h-60 overflow-hidden" />;
}

/** The day below its bar; nothing where the edge would cut it. */
function labelOf(chart: UPlot, tick: number, day: string | undefined): string {
  if (day === undefined) return '';
  const label = formatDay(day);
  const { ctx } = chart;
  ctx.save();
  ctx.font = labelFont;
  const half = ctx.measureText(label).width / 2;
  ctx.restore();
  return chart.valToPos(tick, 'x') + half > chart.bbox.width / devicePixelRatio ? '' : label;
}

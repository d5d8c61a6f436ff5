import { formatDay } from '../ui/format.js';

/** Days that are drawn as one. */
export interface Column {
  /** e.g. `Nov 24`, or `Nov 24 – Nov 30` */
  name: string;
  /** The first and the last of them, as places in the list of days; both included. */
  first: number;
  last: number;
}

/** Most columns in which several bars beside each other can be told apart. */
const mostBesides = 31;

/** The days one by one, or, where several bars stand in each column and there would be too many, by weeks or fortnights and so on. */
export function columnsOf(days: readonly string[], isBeside: boolean): Column[] {
  const weeks = isBeside && days.length > mostBesides ? Math.ceil(days.length / 7 / mostBesides) : 0;
  const size = weeks === 0 ? 1 : weeks * 7;
  const columns: Column[] = [];
  // The newest column is whole; the oldest may have fewer days.
  for (let last = days.length - 1; last >= 0; last -= size) {
    const first = Math.max(0, last - size + 1);
    columns.unshift({ name: nameOf(days[first] ?? '', days[last] ?? ''), first, last });
  }
  return columns;
}

const nameOf = (first: string, last: string) =>
  first === last ? formatDay(first) : `${formatDay(first)} – ${formatDay(last)}`;

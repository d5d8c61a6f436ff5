import { writeFile } from 'node:fs/promises';

/** One measured figure beside its peer's, or beside a plain goal. */
export interface Row {
  name: string;
  /** Of `ours` and `peer`: ms, MB, KB, runs/s, events/s, requests/min, … */
  unit: string;
  ours: number;
  /** The same figure of what we compare with, from the same run; null where the goal is absolute. */
  peer: number | null;
  /** ours / peer; null without a peer. */
  ratio: number | null;
  /** In words, e.g. `ratio <= 1.25` or `<= 80`. */
  goal: string;
  ok: boolean;
}

type Comparison = '<=' | '>=';

/** A figure that is judged by itself, e.g. resident memory against a bound. */
export function absolute(
  name: string,
  unit: string,
  ours: number,
  comparison: Comparison,
  bound: number,
): Row {
  return {
    name,
    unit,
    ours,
    peer: null,
    ratio: null,
    goal: `${comparison} ${bound}`,
    ok: holds(ours, comparison, bound),
  };
}

/** A figure that is judged by its ratio to a peer measured in the same run. */
export function relative(
  name: string,
  unit: string,
  figures: { ours: number; peer: number },
  comparison: Comparison,
  bound: number,
): Row {
  const ratio = figures.ours / figures.peer;
  return {
    name,
    unit,
    ...figures,
    ratio,
    goal: `ratio ${comparison} ${bound}`,
    ok: holds(ratio, comparison, bound),
  };
}

/** Prints one row as soon as it is known, so that a long run shows where it is. */
export function print(row: Row): void {
  const peer = row.peer === null ? '' : `  peer ${short(row.peer)}  ratio ${short(row.ratio ?? Number.NaN)}`;
  console.log(
    `${row.ok ? 'ok  ' : 'MISS'}  ${row.name}: ${short(row.ours)} ${row.unit}${peer}  (goal ${row.goal})`,
  );
}

export async function writeJson(file: string, rows: readonly Row[]): Promise<void> {
  await writeFile(file, `${JSON.stringify(rows, null, 2)}\n`);
}

function holds(value: number, comparison: Comparison, bound: number): boolean {
  return comparison === '<=' ? value <= bound : value >= bound;
}

function short(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

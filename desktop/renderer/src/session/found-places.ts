import type { Place } from '../conversation/thread-log.js';

/** A place in a line where something was found. */
export interface FoundPlace extends Place {
  /** Which of the places of its line, from 0. */
  nth: number;
}

type Lines = readonly (Place & { places: number })[];

/** In how many places something was found. */
export const totalOf = (lines: Lines): number => lines.reduce((sum, { places }) => sum + places, 0);

/** The place of that number, from 0, through all lines; undefined where there is none. */
export function placeAt(lines: Lines, at: number): FoundPlace | undefined {
  let before = 0;
  for (const { runId, seq, places } of lines) {
    if (at >= before && at < before + places) return { runId, seq, nth: at - before };
    before += places;
  }
  return undefined;
}

/** The number of a place, from 0: of its line's last where the line has fewer by now; -1 where the line is gone. */
export function nthOf(lines: Lines, { runId, seq, nth }: FoundPlace): number {
  let before = 0;
  for (const line of lines) {
    if (line.runId === runId && line.seq === seq) return before + Math.min(nth, line.places - 1);
    before += line.places;
  }
  return -1;
}

/** Lines that were changed together, each with its sign in front. */
export interface Hunk {
  oldStart: number;
  newStart: number;
  lines: string[];
}

/** Groups that have a colour of their own. */
export const mostSeries = 6;

/** The token of a series' colour. */
export function seriesColour({ other }: { other: boolean }, index: number): string {
  return other || index >= mostSeries ? '--series-rest' : `--series-${index + 1}`;
}

/** The value below which the given share (0 to 1) of the samples lies; the nearest rank, no interpolation. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))];
  if (value === undefined) throw new Error('a quantile needs at least one sample');
  return value;
}

export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}

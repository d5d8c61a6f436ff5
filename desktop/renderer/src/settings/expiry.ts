/** How long a new key may live. */
export const expiries = {
  never: 'Never',
  '7': 'In 7 days',
  '30': 'In 30 days',
  '90': 'In 90 days',
  '365': 'In a year',
  day: 'On a day…',
} as const;
export type Expiry = keyof typeof expiries;

/**
 * The instant a choice means.
 * @param day `YYYY-MM-DD`; the key ends with that day, where the person is
 * @returns undefined for never, and while no day is given
 */
export function expiresAt(choice: Expiry, day: string, now: Date): string | undefined {
  if (choice === 'never') return undefined;
  if (choice !== 'day') return new Date(now.getTime() + Number(choice) * 86_400_000).toISOString();
  const end = new Date(`${day}T23:59:59.999`);
  return Number.isNaN(end.getTime()) ? undefined : end.toISOString();
}

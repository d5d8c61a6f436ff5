const dayMs = 24 * 3_600_000;

/** The calendar day of an instant where the viewer is, as `2026-11-24`. */
export function dayOf(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** Midnight, where the viewer is, `days - 1` days before the day of `now`: so many days with today. */
export function startOfRange(now: Date, days: number): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() - (days - 1));
}

/** Midnight, where the viewer is, of the first of the month. */
export const startOfMonth = (now: Date) => new Date(now.getFullYear(), now.getMonth(), 1);

/** Every day from the first to the last, both included; a change of clocks skips and repeats none. */
export function daysBetween(first: string, last: string): string[] {
  const days: string[] = [];
  for (let at = Date.parse(first); at <= Date.parse(last); at += dayMs) {
    days.push(new Date(at).toISOString().slice(0, 10));
  }
  return days;
}

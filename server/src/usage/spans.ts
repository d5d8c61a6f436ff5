import { slotMs } from './keep-usage.js';
import { slotsOfDay } from './sql/usage-sums.js';

/** Days, as texts for a date, from one on and before another, of each of which some slots are asked for; or whole months. */
export interface Span {
  month: boolean;
  first: string;
  past: string;
  firstSlot: number;
  pastSlot: number;
}

const dayMs = slotsOfDay * slotMs;

/**
 * The sums that a time is made of: its whole months, if they are wanted, its whole days, and slots at both ends.
 * @param from ms since 1970, the beginning of a slot, as is `to`, which is not before it;
 *   where both are one time it may be any
 */
export function spansOf(from: number, to: number, months: boolean): Span[] {
  if (from === to) return [];
  const firstDay = Math.ceil(from / dayMs) * dayMs;
  const pastDay = Math.floor(to / dayMs) * dayMs;
  if (firstDay > pastDay) return [slots(from, to)];
  const [firstMonth, pastMonth] = months ? [monthFrom(firstDay), monthBefore(pastDay)] : [pastDay, pastDay];
  const whole =
    firstMonth < pastMonth
      ? [
          days(firstDay, firstMonth),
          { ...days(firstMonth, pastMonth), month: true },
          days(pastMonth, pastDay),
        ]
      : [days(firstDay, pastDay)];
  const ends = [slots(from, firstDay), slots(pastDay, to)];
  return [...ends.filter((span) => span.firstSlot < span.pastSlot), ...whole].filter(
    ({ first, past }) => first < past,
  );
}

/** Those of one day at the most. */
function slots(from: number, to: number): Span {
  const day = Math.floor(from / dayMs) * dayMs;
  return {
    ...days(day, day + dayMs),
    firstSlot: (from - day) / slotMs,
    pastSlot: (to - day) / slotMs,
  };
}

const days = (first: number, past: number): Span => ({
  month: false,
  first: dateOf(first),
  past: dateOf(past),
  firstSlot: 0,
  pastSlot: slotsOfDay,
});

const dateOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);

/** The beginning of a month, at `ms` or after it. */
function monthFrom(ms: number): number {
  const begins = monthBefore(ms);
  const month = new Date(begins);
  return begins === ms ? ms : month.setUTCMonth(month.getUTCMonth() + 1);
}

/** The beginning of the month that `ms` lies in. */
function monthBefore(ms: number): number {
  const month = new Date(ms);
  return Date.UTC(month.getUTCFullYear(), month.getUTCMonth());
}

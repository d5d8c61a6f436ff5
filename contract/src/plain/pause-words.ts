/** How long a pause may last that a person asks for: an hour, until tomorrow at 8:00, until somebody resumes. */
export const pauseLengths = ['hour', 'tomorrow', 'resumed'] as const;
export type PauseLength = (typeof pauseLengths)[number];

export const pauseLengthWords: Record<PauseLength, string> = {
  hour: 'For an hour',
  tomorrow: 'Until tomorrow, 8:00',
  resumed: 'Until it is resumed',
};

/** In seconds from now, by the clock of whoever asks; null: until somebody resumes. */
export function pauseSec(length: PauseLength, now = new Date()): number | null {
  if (length === 'resumed') return null;
  if (length === 'hour') return 3_600;
  const morning = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1, 8);
  return Math.ceil((morning.getTime() - now.getTime()) / 1_000);
}

interface Pause {
  by: string | null;
  atMachine: boolean;
  until: string | null;
  note: string | null;
}

/**
 * A pause in words, without a full stop, e.g. `Paused by Ann until 14:00: backup`.
 * @param here what the machine is called where these words stand, e.g. `on this computer`
 */
export function pauseWords({ by, atMachine, until, note }: Pause, here: string, now = new Date()): string {
  const who = atMachine ? ` ${here}` : by === null ? '' : ` by ${by}`;
  return `Paused${who}${until === null ? '' : ` until ${momentWords(new Date(until), now)}`}${note ? `: ${note}` : ''}`;
}

/** The time, and the day where that is not today. */
function momentWords(at: Date, now: Date): string {
  const time = at.toLocaleTimeString(undefined, { hour: 'numeric', minute: '2-digit' });
  if (at.toDateString() === now.toDateString()) return time;
  const tomorrow = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1);
  const isTomorrow = at.toDateString() === tomorrow.toDateString();
  return `${isTomorrow ? 'tomorrow' : at.toLocaleDateString(undefined, { day: 'numeric', month: 'long' })}, ${time}`;
}

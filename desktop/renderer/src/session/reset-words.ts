import { formatDuration } from '../ui/format.js';

/** When a limit ends, by the viewer's clock: `Resets at 3:00 PM, in 2 h 4 min.` */
export function resetWords(at: string, now: number): string {
  const instant = new Date(at);
  const left = instant.getTime() - now;
  const isToday = instant.toDateString() === new Date(now).toDateString();
  const time = instant.toLocaleTimeString(undefined, { hour: 'numeric', minute: '2-digit' });
  const day = instant.toLocaleDateString(undefined, { weekday: 'short', month: 'short', day: 'numeric' });
  const when = isToday ? `at ${time}` : `on ${day}, ${time}`;
  if (left <= 0) return `It was reset ${when}.`;
  // Seconds say nothing here.
  const minutes = Math.max(1, Math.ceil(left / 60_000));
  return `Resets ${when}, in ${formatDuration(minutes * 60_000)}.`;
}

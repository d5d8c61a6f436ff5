import { formatInstant } from '../ui/format.js';
import { useNow } from '../ui/use-now.js';
import { isSoon, timeLeft } from './words.js';

/** How long somebody may still answer, and what follows. */
export function TimeLeft({ expiresAt }: { expiresAt: string }) {
  const now = useNow(10_000);
  return (
    <span
      className={`tabular-nums ${isSoon(expiresAt, now) ? 'font-medium text-bad' : 'text-soft'}`}
      title={`Denied by itself at ${formatInstant(expiresAt)}`}
    >
      {timeLeft(expiresAt, now)}, then it is denied
    </span>
  );
}

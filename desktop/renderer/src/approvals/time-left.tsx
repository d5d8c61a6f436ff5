import { formatInstant } from '../ui/format.js';
import { useNow } from '../ui/use-now.js';
import { timeLeft } from './words.js';

/** How long somebody may still answer, and what follows. */
export function TimeLeft({ expiresAt }: { expiresAt: string }) {
  const now = useNow(10_000);
  return (
    <span className="text-soft tabular-nums" title={`Denied by itself at ${formatInstant(expiresAt)}`}>
      {timeLeft(expiresAt, now)}, then it is denied
    </span>
  );
}

import { formatAge, formatInstant } from './format.js';
import { useNow } from './use-now.js';

/** How long ago an instant was, by itself up to date; the instant itself on hover. */
export function Age({ at, className }: { at: string; className?: string }) {
  const now = useNow(15_000);
  return (
    <time dateTime={at} title={formatInstant(at)} className={className}>
      {formatAge(at, now)}
    </time>
  );
}

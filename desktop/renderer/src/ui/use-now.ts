import { useEffect, useState } from 'react';

/** The time in milliseconds since 1970, renewed every `everyMs`; ages and durations are drawn from it. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

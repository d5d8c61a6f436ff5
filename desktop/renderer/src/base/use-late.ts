import { useEffect, useState } from 'react';

/** After so long somebody is told what is being waited for, ms: an empty window looks broken. */
const lateMs = 1_000;

/** Whether something has been waited for so long that it has to be said. */
export function useLate(waits: boolean): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    if (!waits) return;
    const timer = setTimeout(() => setLate(true), lateMs);
    return () => {
      clearTimeout(timer);
      setLate(false);
    };
  }, [waits]);
  return waits && late;
}

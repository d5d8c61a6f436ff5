import { createContext, type RefObject, useCallback, useContext, useEffect, useState } from 'react';

type OnSight = (id: string, isInSight: boolean) => void;

/** Told whenever an approval comes in sight or goes out of it. */
export const SightContext = createContext<OnSight>(() => {});

/** Which approvals are in sight: the list draws only what is looked at, and a drawn one may be below the edge. */
export function useSight(): { inSight: ReadonlySet<string>; onSight: OnSight } {
  const [inSight, setInSight] = useState<ReadonlySet<string>>(new Set());
  const onSight = useCallback<OnSight>((id, isInSight) => {
    setInSight((before) => {
      if (before.has(id) === isInSight) return before;
      const after = new Set(before);
      if (isInSight) after.add(id);
      else after.delete(id);
      return after;
    });
  }, []);
  return { inSight, onSight };
}

/** px that have to be seen of it. */
const enough = 40;

/** Tells when an approval's element is in sight. */
export function useTellSight(element: RefObject<HTMLElement | null>, id: string): void {
  const onSight = useContext(SightContext);
  useEffect(() => {
    if (!element.current) return;
    const observer = new IntersectionObserver(
      (entries) => onSight(id, entries.at(-1)?.isIntersecting === true),
      { rootMargin: `-${enough}px 0px` },
    );
    observer.observe(element.current);
    return () => {
      observer.disconnect();
      onSight(id, false);
    };
  }, [element, id, onSight]);
}

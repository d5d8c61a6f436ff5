import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useId,
  useMemo,
  useState,
} from 'react';

interface Sight {
  /** Lines of what is asked that were never in sight, over all boxes it stands in. */
  unseen: number;
  /** Its boxes are as high as what is in them. */
  isWhole: boolean;
  /** @param unseen lines of one box */
  tell(box: string, unseen: number): void;
  showWhole(): void;
}

const SightContext = createContext<Sight | undefined>(undefined);

/** Around what a person is asked and the buttons that answer it: knows how much of it was never in sight. */
export function AskedSight({ isAsked, children }: { isAsked: boolean; children: ReactNode }) {
  const [boxes, setBoxes] = useState<ReadonlyMap<string, number>>(new Map());
  const [isWhole, setWhole] = useState(false);
  const tell = useCallback((box: string, unseen: number) => {
    setBoxes((before) => {
      if ((before.get(box) ?? 0) === unseen) return before;
      return new Map(before).set(box, unseen);
    });
  }, []);
  const sight = useMemo(() => {
    const unseen = isWhole ? 0 : [...boxes.values()].reduce((sum, lines) => sum + lines, 0);
    return { unseen, isWhole, tell, showWhole: () => setWhole(true) };
  }, [boxes, isWhole, tell]);
  return <SightContext value={isAsked ? sight : undefined}>{children}</SightContext>;
}

/** Around what nobody is asked about, e.g. what a tool answered. */
export function NotAsked({ children }: { children: ReactNode }) {
  return <SightContext value={undefined}>{children}</SightContext>;
}

/** How much of what is asked was never in sight; undefined where nothing is asked. */
export const useAskedSight = () => useContext(SightContext);

/** What a box that may hold more than it shows has to carry, so that what is asked in it is not allowed unseen. */
export function useAskedBox() {
  const sight = useContext(SightContext);
  const [box, setBox] = useState<HTMLElement | null>(null);
  const id = useId();
  const tell = sight?.tell;
  useEffect(() => {
    if (!box || !tell) return;
    const seen = new SeenLines();
    const look = () => tell(id, seen.look(box));
    const observer = new ResizeObserver(look);
    observer.observe(box);
    for (const child of box.children) observer.observe(child);
    box.addEventListener('scroll', look, { passive: true });
    return () => {
      observer.disconnect();
      box.removeEventListener('scroll', look);
      tell(id, 0);
    };
  }, [box, tell, id]);
  if (!sight) return {};
  return { ref: setBox, 'data-asked': true, style: sight.isWhole ? { maxHeight: 'none' } : {} };
}

/** The lines of a box that were in sight at some time, as it is scrolled: who jumps to its end has not seen its middle. */
class SeenLines {
  #height = 0;
  #seen: boolean[] = [];

  /** @returns lines that were never in sight, as they are broken at the box's width */
  look(box: HTMLElement): number {
    const { scrollHeight, scrollTop, clientHeight } = box;
    // What is broken anew has other lines.
    if (scrollHeight !== this.#height) this.#seen = [];
    this.#height = scrollHeight;
    if (scrollHeight <= clientHeight + 2) return 0;
    const style = getComputedStyle(box);
    const line = Number.parseFloat(style.lineHeight) || 20;
    const above = Number.parseFloat(style.paddingTop) || 0;
    const below = Number.parseFloat(style.paddingBottom) || 0;
    const lines = Math.max(1, Math.round((scrollHeight - above - below) / line));
    // A line counts that is seen to its half.
    const first = Math.max(0, Math.round((scrollTop - above) / line));
    const last = Math.min(lines, Math.round((scrollTop + clientHeight - above) / line));
    for (let at = first; at < last; at += 1) this.#seen[at] = true;
    let unseen = 0;
    for (let at = 0; at < lines; at += 1) if (!this.#seen[at]) unseen += 1;
    return unseen;
  }
}

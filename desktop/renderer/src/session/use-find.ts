import { useEffect, useMemo, useRef, useState } from 'react';
import { Search } from '../conversation/find.js';
import { isAt, type Place, type ThreadLog } from '../conversation/thread-log.js';

/** A search through the whole thread. */
export interface Find {
  query: string;
  /** Where the items are that say it, oldest first. */
  found: readonly Place[];
  /** Which of them one is at; -1 while there is none. */
  at: number;
  /** How much of the log has been read for it, from 0 to 1; undefined when that is all of it. */
  reading: number | undefined;
  /** A part of the log could not be read: what it says is not known, and it is tried again. */
  failed: boolean;
  setQuery(query: string): void;
  next(): void;
  previous(): void;
}

/** How long after a keystroke, or after the log grew, it is searched again, ms. */
const pauseMs = 120;
/** How long after a page of the log could not be read it is tried again, ms. */
const againMs = 2_000;

/**
 * Finds in a thread, also where it is not loaded yet: earlier events are read as soon as something is looked for.
 * It begins at the newest match, which is where one is, and goes back from there.
 * @param readAll reads all of it; resolves to false when it was broken off
 * @param show brings the item of a match in sight
 */
export function useFind(
  log: ThreadLog,
  isOpen: boolean,
  readAll: (onProgress: (share: number) => void, signal: AbortSignal) => Promise<boolean>,
  show: (place: Place) => void,
): Find {
  const [query, setQuery] = useState('');
  const [found, setFound] = useState<readonly Place[]>([]);
  const [place, setPlace] = useState<Place>();
  const [reading, setReading] = useState<number>();
  const [failed, setFailed] = useState(false);
  const latestShow = useRef(show);
  latestShow.current = show;
  const latestReadAll = useRef(readAll);
  latestReadAll.current = readAll;
  const active = isOpen && query !== '';
  const search = useMemo(() => new Search(query), [query]);

  useEffect(() => {
    if (!active) return;
    const over = new AbortController();
    let again: ReturnType<typeof setTimeout> | undefined;
    const onProgress = (share: number) => {
      setReading(share);
      setFailed(false);
    };
    const read = async () => {
      const isWhole = await latestReadAll.current(onProgress, over.signal);
      if (over.signal.aborted) return;
      setReading(undefined);
      setFailed(!isWhole);
      if (!isWhole) again = setTimeout(read, againMs);
    };
    onProgress(0);
    void read();
    return () => {
      over.abort();
      clearTimeout(again);
    };
  }, [active]);

  // They grow in place, also by the results of calls: how many events they hold tells that there is more to be searched.
  const events = log.sections
    .map(({ log: { conversation } }) => conversation.lastSeq - conversation.firstSeq)
    .join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: what tells that there is more
  useEffect(() => {
    if (!active) {
      setFound([]);
      setPlace(undefined);
      return;
    }
    const over = new AbortController();
    const timer = setTimeout(async () => {
      const places: Place[] = [];
      for (const { run, log: own } of log.sections) {
        const seqs = await search.in(own.conversation.items, over.signal);
        if (!seqs || over.signal.aborted) return;
        places.push(...seqs.map((seq) => ({ runId: run.id, seq })));
      }
      setFound(places);
    }, pauseMs);
    return () => {
      clearTimeout(timer);
      over.abort();
    };
  }, [active, search, log, events]);

  const at =
    place === undefined ? found.length - 1 : found.findIndex(({ runId, seq }) => isAt(place, runId, seq));
  const here = found[at];
  // biome-ignore lint/correctness/useExhaustiveDependencies: each search makes its places anew
  useEffect(() => {
    if (here !== undefined) latestShow.current(here);
  }, [here?.runId, here?.seq]);

  const go = (step: number) => {
    if (found.length === 0) return;
    setPlace(found[(Math.max(0, at) + step + found.length) % found.length]);
  };
  return {
    query,
    found,
    at,
    reading: active ? reading : undefined,
    failed: active && failed,
    setQuery(next) {
      setPlace(undefined);
      setQuery(next);
    },
    next: () => go(1),
    previous: () => go(-1),
  };
}

import { useEffect, useMemo, useRef, useState } from 'react';
import { Search } from '../conversation/find.js';
import type { Place, ThreadLog } from '../conversation/thread-log.js';
import { type FoundPlace, nthOf, placeAt, totalOf } from './found-places.js';

/** A search through the whole thread. */
export interface Find {
  query: string;
  /** In how many places it is said. */
  count: number;
  /** Which of them one is at, from 0; -1 while there is none. */
  at: number;
  /** That place: in which line, and the how manieth of it. */
  here: FoundPlace | undefined;
  /** Corrects in how many places a line says it by what is drawn of it. */
  setDrawn(place: Place, count: number): void;
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
  const [lines, setLines] = useState<readonly Line[]>([]);
  const [place, setPlace] = useState<FoundPlace>();
  /** What was drawn of lines otherwise than what they say, by line. */
  const [drawn, setDrawn] = useState<ReadonlyMap<string, number>>(new Map());
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
      setLines([]);
      setPlace(undefined);
      setDrawn(new Map());
      return;
    }
    const over = new AbortController();
    const timer = setTimeout(async () => {
      const found: Line[] = [];
      for (const { run, log: own } of log.sections) {
        const hits = await search.in(own.conversation.items, over.signal);
        if (!hits || over.signal.aborted) return;
        found.push(...hits.map((hit) => ({ runId: run.id, ...hit })));
      }
      setLines(found);
    }, pauseMs);
    return () => {
      clearTimeout(timer);
      over.abort();
    };
  }, [active, search, log, events]);

  const found = useMemo(
    () => lines.map((line) => ({ ...line, places: drawn.get(keyOf(line)) ?? line.places })),
    [lines, drawn],
  );
  const count = totalOf(found);
  const at = place === undefined ? count - 1 : nthOf(found, place);
  const here = placeAt(found, at);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each search makes its places anew
  useEffect(() => {
    if (here !== undefined) latestShow.current(here);
  }, [here?.runId, here?.seq]);

  const go = (step: number) => {
    if (count > 0) setPlace(placeAt(found, (Math.max(0, at) + step + count) % count));
  };
  return {
    query,
    count,
    at,
    here,
    setDrawn(line, places) {
      const known = found.find(({ runId, seq }) => runId === line.runId && seq === line.seq);
      // What it says and what does not show, e.g. in a description, is still a line to come to.
      const most = Math.max(1, places);
      if (!known || known.places === most) return;
      // One that is walked backwards goes on with its last.
      if (place === undefined && here) setPlace({ ...here, nth: Math.min(here.nth, most - 1) });
      setDrawn((before) => new Map(before).set(keyOf(line), most));
    },
    reading: active ? reading : undefined,
    failed: active && failed,
    setQuery(next) {
      setPlace(undefined);
      setDrawn(new Map());
      setQuery(next);
    },
    next: () => go(1),
    previous: () => go(-1),
  };
}

type Line = Place & { places: number };

const keyOf = ({ runId, seq }: Place) => `${runId} ${seq}`;

import { useEffect, useMemo, useRef, useState } from 'react';
import { Search } from '../conversation/find.js';
import type { SessionLog } from '../conversation/session-log.js';

/** A search through the whole log. */
export interface Find {
  query: string;
  /** seqs of the items that say it, oldest first. */
  found: readonly number[];
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
 * Finds in a session, also where it is not loaded yet: earlier events are read as soon as something is looked for.
 * It begins at the newest match, which is where one is, and goes back from there.
 * @param show brings the item of a match in sight
 */
export function useFind(log: SessionLog, isOpen: boolean, show: (seq: number) => void): Find {
  const { conversation } = log;
  const [query, setQuery] = useState('');
  const [found, setFound] = useState<readonly number[]>([]);
  const [seq, setSeq] = useState<number>();
  const [reading, setReading] = useState<number>();
  const [failed, setFailed] = useState(false);
  const latestShow = useRef(show);
  latestShow.current = show;
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
      const isWhole = await log.loadTo(1, onProgress, over.signal);
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
  }, [active, log]);

  // It grows in place, also by the results of calls: how many events it holds tells that there is more to be searched.
  const events = conversation.lastSeq - conversation.firstSeq + 1;
  useEffect(() => {
    if (!active || events === 0) {
      setFound([]);
      setSeq(undefined);
      return;
    }
    const over = new AbortController();
    const timer = setTimeout(async () => {
      const seqs = await search.in(conversation.items, over.signal);
      if (seqs) setFound(seqs);
    }, pauseMs);
    return () => {
      clearTimeout(timer);
      over.abort();
    };
  }, [active, search, conversation, events]);

  const at = seq === undefined ? found.length - 1 : found.indexOf(seq);
  const here = found[at];
  useEffect(() => {
    if (here !== undefined) latestShow.current(here);
  }, [here]);

  const go = (step: number) => {
    if (found.length === 0) return;
    setSeq(found[(Math.max(0, at) + step + found.length) % found.length]);
  };
  return {
    query,
    found,
    at,
    reading: active ? reading : undefined,
    failed: active && failed,
    setQuery(next) {
      setSeq(undefined);
      setQuery(next);
    },
    next: () => go(1),
    previous: () => go(-1),
  };
}

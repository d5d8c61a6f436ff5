import { useEffect, useRef, useState } from 'react';
import type { Place, ThreadLog } from '../conversation/thread-log.js';

/** The seq in an address like `/sessions/clr…#e123`. */
export function seqInAddress(): number | undefined {
  const seq = /^#e(\d{1,15})$/.exec(location.hash)?.[1];
  return seq === undefined ? undefined : Number(seq);
}

/** The address of a run, or of one of its events, for whoever it is sent to. @param server its address */
export function linkTo(server: string, { runId, seq }: Place): string {
  return `${server}/sessions/${runId}${seq === 0 ? '' : `#e${seq}`}`;
}

/**
 * The event that the address names: it is loaded, however far up it is, and brought in sight.
 * @param isReady whether there is a conversation to show it in
 * @param show brings an event in sight
 * @returns where it is once it is there
 */
export function useLinkedEvent(
  log: ThreadLog,
  runId: string,
  isReady: boolean,
  show: (place: Place) => void,
): Place | undefined {
  const [wanted, setWanted] = useState(() => ({ runId, seq: seqInAddress() }));
  const [linked, setLinked] = useState<Place>();
  const latestShow = useRef(show);
  latestShow.current = show;

  useEffect(() => {
    const look = () => setWanted({ runId, seq: seqInAddress() });
    look();
    addEventListener('hashchange', look);
    return () => removeEventListener('hashchange', look);
  }, [runId]);

  useEffect(() => {
    setLinked(undefined);
    const { seq } = wanted;
    if (seq === undefined || !isReady) return;
    const place = { runId: wanted.runId, seq };
    const over = new AbortController();
    void log.loadTo(place, over.signal).then(() => {
      const item = over.signal.aborted ? undefined : log.itemAt(place);
      if (!item) return;
      const found = { runId: wanted.runId, seq: item.seq };
      setLinked(found);
      latestShow.current(found);
    });
    return () => over.abort();
  }, [wanted, log, isReady]);

  return linked;
}

import { useEffect, useRef, useState } from 'react';
import type { SessionLog } from '../conversation/session-log.js';

/** The seq in an address like `/sessions/clr…#e123`. */
function seqInAddress(): number | undefined {
  const seq = /^#e(\d{1,15})$/.exec(location.hash)?.[1];
  return seq === undefined ? undefined : Number(seq);
}

/** The address of an event of the session that is shown. */
export function linkTo(seq: number): string {
  const { href, hash } = location;
  return `${hash === '' ? href.replace(/#$/, '') : href.slice(0, -hash.length)}#e${seq}`;
}

/**
 * The event that the address names: it is loaded, however far up it is, and brought in sight.
 * @param show brings an event in sight
 * @returns its seq once it is there
 */
export function useLinkedEvent(log: SessionLog, show: (seq: number) => void): number | undefined {
  const [wanted, setWanted] = useState(seqInAddress);
  const [linked, setLinked] = useState<number>();
  const { isOpen } = log.state;
  const latestShow = useRef(show);
  latestShow.current = show;

  useEffect(() => {
    const onHashChange = () => setWanted(seqInAddress());
    addEventListener('hashchange', onHashChange);
    return () => removeEventListener('hashchange', onHashChange);
  }, []);

  useEffect(() => {
    if (wanted === undefined) setLinked(undefined);
    if (wanted === undefined || !isOpen) return;
    const over = new AbortController();
    void log.loadTo(wanted, undefined, over.signal).then(() => {
      if (over.signal.aborted) return;
      const item = log.conversation.at(log.conversation.indexOf(wanted));
      if (!item) return;
      setLinked(item.seq);
      latestShow.current(item.seq);
    });
    return () => over.abort();
  }, [wanted, isOpen, log]);

  return linked;
}

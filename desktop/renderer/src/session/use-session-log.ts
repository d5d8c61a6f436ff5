import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { useTransport } from '../app/transport-context.js';
import { SessionLog } from '../conversation/session-log.js';

/** The log of a run, drawn anew whenever it grew. @param onEnd when there is nothing more to follow */
export function useSessionLog(runId: string, onEnd: () => void): SessionLog {
  const transport = useTransport();
  const latestOnEnd = useRef(onEnd);
  latestOnEnd.current = onEnd;
  const [log] = useState(() => new SessionLog(transport, runId, () => latestOnEnd.current()));
  useSyncExternalStore(log.subscribe, log.version);
  useEffect(() => {
    log.start();
    return () => log.stop();
  }, [log]);
  return log;
}

import type { Run } from '@agentfleet/contract';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { useTransport } from '../base/transport-context.js';
import { ThreadLog } from '../conversation/thread-log.js';

/** The logs of a thread's runs, drawn anew whenever one of them grew. @param runs oldest first */
export function useThreadLog(runs: readonly Run[]): ThreadLog {
  const transport = useTransport();
  const queries = useQueryClient();
  const [log] = useState(
    () =>
      new ThreadLog(transport, (runId) => {
        void queries.invalidateQueries({ queryKey: ['run', runId] });
        void queries.invalidateQueries({ queryKey: ['thread'] });
      }),
  );
  const known = useRef<readonly Run[]>(undefined);
  if (known.current !== runs) {
    known.current = runs;
    log.setRuns(runs);
  }
  useSyncExternalStore(log.subscribe, log.version);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what goes on may be another one with other runs
  useEffect(() => log.follow(), [log, runs]);
  useEffect(() => () => log.stop(), [log]);
  return log;
}

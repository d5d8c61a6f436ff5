import type { RunRow } from '@agentfleet/contract';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTransport } from '../base/transport-context.js';

/** What runs now, by the runner that has it, newest first. */
export function useRunningByRunner(): ReadonlyMap<string, readonly RunRow[]> {
  const transport = useTransport();
  const running = useQuery({
    queryKey: ['runs', 'running'],
    queryFn: () => transport.listRuns({ status: ['CLAIMED', 'RUNNING'], limit: 200 }),
  });
  return useMemo(() => {
    const byRunner = new Map<string, RunRow[]>();
    for (const run of running.data?.data ?? []) {
      const id = run.runnerId ?? '';
      byRunner.set(id, [...(byRunner.get(id) ?? []), run]);
    }
    return byRunner;
  }, [running.data]);
}

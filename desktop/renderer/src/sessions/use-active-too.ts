import type { Run } from '@agentfleet/contract';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTransport } from '../base/transport-context.js';
import { activeStatuses, type SessionFilter, toRunsFilter } from './session-filter.js';

/**
 * Where sessions stand together by state, those that are not over come with the first page, however long ago they were
 * launched: else one that has run for days would be below everything that ended since.
 */
export function useActiveToo(
  runs: readonly Run[] | undefined,
  filter: SessionFilter,
): readonly Run[] | undefined {
  const transport = useTransport();
  const isAsked = filter.group === 'state' && filter.status.length === 0;
  const asked = useMemo(() => toRunsFilter(filter), [filter]);
  const active = useQuery({
    queryKey: ['runs', 'active of', asked],
    queryFn: () => transport.listRuns({ ...asked, status: activeStatuses, limit: 200 }),
    enabled: isAsked,
  });
  return useMemo(() => {
    if (!isAsked || !runs || !active.data) return runs;
    const known = new Set(runs.map(({ id }) => id));
    const others = active.data.data.filter(({ id }) => !known.has(id));
    return [...runs, ...others].sort((one, other) => (one.id < other.id ? 1 : -1));
  }, [isAsked, runs, active.data]);
}

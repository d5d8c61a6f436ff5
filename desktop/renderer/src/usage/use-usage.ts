import type { UsageGroup } from '@agentfleet/contract';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTransport } from '../base/transport-context.js';
import { dayOf, daysBetween, startOfMonth, startOfRange } from './days.js';
import { mostSeries } from './series-colour.js';

const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The last so many days, until now, as the viewer's clock has them. */
export function recentDays(days: number) {
  const to = new Date();
  return { from: startOfRange(to, days), to, timeZone };
}

/** What the screen shows: each day's groups, the groups in all, the days in all, and those of this month; renewed every minute. */
export function useUsage(range: number, by: UsageGroup) {
  const transport = useTransport();
  const today = dayOf(new Date());
  const days = useMemo(() => daysBetween(dayOf(startOfRange(new Date(), range)), today), [range, today]);
  const usage = useQuery({
    queryKey: ['usage', range, by, today],
    queryFn: async () => {
      const span = recentDays(range);
      // Groups overlap where a session has several labels or models: only the days add up to what was spent.
      const month = { ...span, from: startOfMonth(span.to) };
      const [daily, groups, spent, ofMonth] = await Promise.all([
        transport.usage({ ...span, byDay: true, by, groups: mostSeries }),
        transport.usage({ ...span, byDay: false, by, groups: 100 }),
        transport.usage({ ...span, byDay: true, groups: 1 }),
        transport.usage({ ...month, byDay: true, groups: 1 }),
      ]);
      return {
        by,
        days,
        daily: daily.data,
        groups: groups.data,
        spent: spent.data,
        month: ofMonth.data,
      };
    },
    refetchInterval: 60_000,
    staleTime: 30_000,
    placeholderData: keepPreviousData,
  });
  return usage;
}

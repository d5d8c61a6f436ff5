import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useWaiting } from '../approvals/use-waiting.js';
import { product, useTitle } from '../base/page-title.js';
import { useMay } from '../base/signed-in.js';
import { useTransport } from '../base/transport-context.js';

/** How many sessions run and wait, as the navigation and the tab show it. */
export function useQueueState() {
  const transport = useTransport();
  return useQuery({
    queryKey: ['queue'],
    queryFn: () => transport.queue(),
    // The window of a runner's key sees its own sessions alone.
    enabled: useMay('runs:read'),
    // The tab is looked at when it is not the one in front.
    refetchIntervalInBackground: true,
  });
}

/** Keeps title and icon of the tab in step with the fleet: how many tools wait for a person, else how many sessions run. */
export function useTabState(): void {
  const running = useQueueState().data?.running ?? 0;
  const { count } = useWaiting();
  const name = useTitle();
  useEffect(() => {
    document.title = count > 0 ? `◆ ${count} waiting · ${name}` : running > 0 ? `(${running}) ${name}` : name;
  }, [count, running, name]);
  const icon = count > 0 ? 'favicon-waiting' : running > 0 ? 'favicon-running' : 'favicon';
  useEffect(() => {
    const link = document.querySelector<HTMLLinkElement>('link[rel=icon]');
    if (link) link.href = `/${icon}.svg`;
  }, [icon]);
  useEffect(
    () => () => {
      document.title = product;
    },
    [],
  );
}

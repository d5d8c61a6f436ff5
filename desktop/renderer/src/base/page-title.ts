import { withHiddenSpelled } from '@agentfleet/contract';
import { useEffect, useSyncExternalStore } from 'react';

/** What the tab is called where no page names it. */
export const product = 'AgentFleet';
let title = product;
const listeners = new Set<() => void>();

/** Names the browser's tab while the component is there, e.g. `Runners`. */
export function usePageTitle(name: string): void {
  useEffect(() => {
    const mine = `${withHiddenSpelled(name)} · ${product}`;
    setTitle(mine);
    return () => {
      if (title === mine) setTitle(product);
    };
  }, [name]);
}

/** The name that the page in front has given to the tab. */
export function useTitle(): string {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => title,
  );
}

function setTitle(next: string): void {
  title = next;
  for (const listener of listeners) listener();
}

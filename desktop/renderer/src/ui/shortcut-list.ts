import { useSyncExternalStore } from 'react';

export interface DescribedShortcut {
  /** As `useShortcuts` takes them, e.g. `j` or `g s`. */
  keys: string;
  does: string;
}

export interface ShortcutGroup {
  group: string;
  shortcuts: readonly DescribedShortcut[];
}

let groups: readonly ShortcutGroup[] = [];
const listeners = new Set<() => void>();

function change(next: readonly ShortcutGroup[]): void {
  groups = next;
  for (const listener of listeners) listener();
}

/** Lists shortcuts in the help as long as they hold. @returns takes them out again */
export function describeShortcuts(group: string, shortcuts: readonly DescribedShortcut[]): () => void {
  if (shortcuts.length === 0) return () => {};
  const entry = { group, shortcuts };
  change([...groups, entry]);
  return () => change(groups.filter((other) => other !== entry));
}

/** The shortcuts that hold now; groups of the same name are one. */
export function useShortcutGroups(): ShortcutGroup[] {
  const all = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => groups,
  );
  const merged = new Map<string, DescribedShortcut[]>();
  for (const { group, shortcuts } of all) merged.set(group, [...(merged.get(group) ?? []), ...shortcuts]);
  return [...merged].map(([group, shortcuts]) => ({ group, shortcuts }));
}

import { useSyncExternalStore } from 'react';

/** What a person chose; `system` follows the operating system as it changes. */
export type ThemeChoice = 'system' | 'light' | 'dark';

// public/theme.js reads the same place before the first paint.
const place = 'agentfleet.theme';
const systemIsDark = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();
let choice = read();

apply();
systemIsDark.addEventListener('change', apply);
// Another window of this browser chose.
addEventListener('storage', (event) => {
  if (event.key !== place) return;
  choice = read();
  apply();
});

/** The choice and the way to change it; every window of this browser follows. */
export function useTheme(): [ThemeChoice, (choice: ThemeChoice) => void] {
  const current = useSyncExternalStore(subscribe, () => choice);
  return [current, chooseTheme];
}

export function chooseTheme(next: ThemeChoice): void {
  choice = next;
  try {
    if (next === 'system') localStorage.removeItem(place);
    else localStorage.setItem(place, next);
  } catch {
    // Storage is full or forbidden: the choice lives as long as the page.
  }
  apply();
}

function apply(): void {
  const dark = choice === 'dark' || (choice === 'system' && systemIsDark.matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function read(): ThemeChoice {
  try {
    const stored = localStorage.getItem(place);
    return stored === 'light' || stored === 'dark' ? stored : 'system';
  } catch {
    return 'system';
  }
}

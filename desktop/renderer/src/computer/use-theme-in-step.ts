import { useEffect, useRef } from 'react';
import { useTheme } from '../ui/theme.js';
import { useApplySettings, useAppState } from './app-context.js';

/** Keeps the theme of the pages and the app's setting, which also colours menus and dialogs, the same. */
export function useThemeInStep(): void {
  const { theme: saved } = useAppState().settings;
  const { mutate: save } = useApplySettings();
  const [chosen, choose] = useTheme();
  const known = useRef<string | undefined>(undefined);
  useEffect(() => {
    if (known.current !== saved) {
      // The setting is another one than before, or the app has just started.
      known.current = saved;
      choose(saved);
    } else if (chosen !== saved) {
      known.current = chosen;
      save({ theme: chosen });
    }
  }, [saved, chosen, choose, save]);
}

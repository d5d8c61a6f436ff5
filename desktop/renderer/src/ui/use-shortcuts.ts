import { useEffect, useLayoutEffect, useRef } from 'react';
import { describeShortcuts } from './shortcut-list.js';

/** What a key does: `act` alone, or with the words the help (`?`) lists it under. */
export type Shortcut = (() => void) | { does: string; act: () => void };

/** Milliseconds within which the second key of a sequence has to follow. */
const sequenceMs = 1_200;
/** What keeps its keys for itself: a dialog, a menu, an open list. */
const closed = '[role="dialog"], [role="alertdialog"], [role="menu"], [role="listbox"]';

/**
 * Keys that act while nothing is being typed, e.g. `{ n: openNew, 'g s': { does: 'Go to sessions', act } }`; two
 * keys with a space between are typed one after the other. They hold as long as the component is there.
 * @param group the heading the help lists them under
 */
export function useShortcuts(shortcuts: Readonly<Record<string, Shortcut>>, group = 'Everywhere'): void {
  const latest = useRef(shortcuts);
  latest.current = shortcuts;
  const described = Object.entries(shortcuts)
    .flatMap(([keys, shortcut]) => ('does' in shortcut ? [`${keys}\t${shortcut.does}`] : []))
    .join('\n');

  useEffect(() => {
    const lines = described.split('\n').filter((line) => line !== '');
    return describeShortcuts(
      group,
      lines.map((line) => {
        const [keys = '', does = ''] = line.split('\t');
        return { keys, does };
      }),
    );
  }, [described, group]);

  // Before it is painted: whoever sees the screen may type.
  useLayoutEffect(() => {
    let before = { key: '', at: 0 };
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTaken(event.target)) {
        return;
      }
      const inTime = event.timeStamp - before.at < sequenceMs;
      const sequence = inTime ? latest.current[`${before.key} ${event.key}`] : undefined;
      before = { key: event.key, at: event.timeStamp };
      const shortcut = sequence ?? latest.current[event.key];
      if (!shortcut) return;
      event.preventDefault();
      if ('does' in shortcut) shortcut.act();
      else shortcut();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, []);
}

function isTaken(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName) ||
      target.closest(closed) !== null)
  );
}

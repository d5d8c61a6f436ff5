import { type RefObject, useLayoutEffect, useRef } from 'react';
import type { SessionLog } from '../conversation/session-log.js';
import { useShortcuts } from '../ui/use-shortcuts.js';
import type { ItemActions } from './item-menu.js';
import type { TranscriptHandle } from './transcript.js';

interface Options {
  log: SessionLog;
  transcript: RefObject<TranscriptHandle | null>;
  /** seq of the item the keyboard is at. */
  selected: number | undefined;
  select: (seq: number) => void;
  actions: ItemActions;
  find: () => void;
  copySession: () => void;
  showRawLog: () => void;
  showDetails: () => void;
  compose: () => void;
  /** Goes to a tool that waits for a person, where one does. */
  showWaiting: () => void;
  /** Nothing is selected any more. */
  leave: () => void;
}

/** The keys of the session view; the help lists them. */
export function useSessionKeys(options: Options): void {
  const { log, transcript, selected, select, actions, find } = options;
  const { conversation } = log;
  const item = selected === undefined ? undefined : conversation.at(conversation.indexOf(selected));
  const step = (by: number) => {
    const { items } = conversation;
    const from = selected === undefined ? items.length - (by < 0 ? 0 : 1) : conversation.indexOf(selected);
    const next = items[Math.min(items.length - 1, Math.max(0, from + by))];
    if (next) select(next.seq);
  };
  const withItem = (act: (of: NonNullable<typeof item>) => void) => () => {
    if (item) act(item);
  };
  useShortcuts(
    {
      j: { does: 'Next line', act: () => step(1) },
      k: { does: 'Line before', act: () => step(-1) },
      o: { does: 'Open or close the line', act: () => toggle(transcript, selected) },
      c: { does: 'Copy the line as markdown', act: withItem((of) => actions.copy(of)) },
      l: { does: 'Copy a link to the line', act: withItem((of) => actions.copyLink(of)) },
      r: { does: 'Raw JSON of the line', act: withItem((of) => actions.showRaw(of)) },
      '/': { does: 'Find in the session (also Ctrl or ⌘ F)', act: find },
      e: { does: 'Jump to the latest', act: () => transcript.current?.follow() },
      t: {
        does: 'To the beginning',
        act: () => void log.loadTo(1).then(() => transcript.current?.show(1)),
      },
      y: { does: 'Copy the session as markdown', act: options.copySession },
      R: { does: 'Raw log', act: options.showRawLog },
      d: { does: 'Details and thread', act: options.showDetails },
      w: { does: 'Go to the tool that waits for you', act: options.showWaiting },
      i: { does: 'Write a follow-up', act: options.compose },
      Escape: options.leave,
    },
    'Session',
  );

  const latestFind = useRef(find);
  latestFind.current = find;
  useLayoutEffect(() => {
    // The browser's own find sees only what is drawn.
    const onKeyDown = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key !== 'f') return;
      event.preventDefault();
      latestFind.current();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, []);
}

/** Opens or closes what is folded in a line. */
function toggle(transcript: RefObject<TranscriptHandle | null>, seq: number | undefined): void {
  const row = transcript.current?.scroller.current?.querySelector(`[data-seq="${seq}"]`);
  row?.querySelector<HTMLElement>('summary')?.click();
}

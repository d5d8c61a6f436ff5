import { type RefObject, useLayoutEffect, useRef } from 'react';
import type { Item } from '../conversation/items.js';
import type { Place, ThreadLog } from '../conversation/thread-log.js';
import { useShortcuts } from '../ui/use-shortcuts.js';
import type { ItemActions } from './item-menu.js';
import type { SessionDoings } from './session-actions.js';
import type { TranscriptHandle } from './transcript-props.js';

interface Options extends SessionDoings {
  log: ThreadLog;
  transcript: RefObject<TranscriptHandle | null>;
  /** The line the keyboard is at. */
  selected: Place | undefined;
  select: (place: Place) => void;
  actions: ItemActions;
  /** Goes to a tool that waits for a person, where one does. */
  showWaiting: () => void;
  /** Nothing is selected any more. */
  leave: () => void;
}

/** The keys of the session view; the help lists them. */
export function useSessionKeys(options: Options): void {
  const { log, transcript, selected, select, actions, find } = options;
  const step = (by: number) => {
    const next = log.step(selected, by);
    if (next) select(next);
  };
  const withItem = (act: (of: Item, place: Place) => void) => () => {
    const item = selected && log.itemAt(selected);
    if (item) act(item, selected);
  };
  const [first] = log.sections;
  const toBeginning = async () => {
    if (!first) return;
    const place = { runId: first.run.id, seq: 0 };
    await log.loadTo({ ...place, seq: 1 });
    transcript.current?.show(place);
  };
  useShortcuts(
    {
      J: { does: 'Next line', act: () => step(1) },
      K: { does: 'Line before', act: () => step(-1) },
      o: { does: 'Open or close the line', act: () => toggle(transcript, selected) },
      c: { does: 'Copy the line as markdown', act: withItem((of) => actions.copy(of)) },
      l: { does: 'Copy a link to the line', act: withItem((_of, place) => actions.copyLink(place)) },
      r: { does: 'Raw JSON of the line', act: withItem((of, place) => actions.showRaw(of, place)) },
      '/': { does: 'Find in the session (also Ctrl or ⌘ F)', act: find },
      e: { does: 'Jump to the latest', act: () => transcript.current?.follow() },
      t: { does: 'To the beginning', act: () => void toBeginning() },
      y: { does: 'Copy the session as markdown', act: options.copySession },
      L: { does: 'Copy a link to the session', act: options.copyLink },
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
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
      // A capital with caps lock.
      if (event.key.toLowerCase() !== 'f') return;
      event.preventDefault();
      latestFind.current();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, []);
}

/** Opens or closes what is folded in a line. */
function toggle(transcript: RefObject<TranscriptHandle | null>, selected: Place | undefined): void {
  if (!selected) return;
  const { runId, seq } = selected;
  const row = transcript.current?.scroller.current?.querySelector(
    `[data-run="${runId}"] [data-seq="${seq}"]`,
  );
  row?.querySelector<HTMLElement>('summary')?.click();
}

import type { Approval } from '@agentfleet/contract';
import type { RefObject } from 'react';
import type { Item } from '../conversation/items.js';
import type { Place, ThreadLog } from '../conversation/thread-log.js';

/** What a reader did to the list, and what other parts of the view do to it. */
export interface TranscriptHandle {
  /** Brings an event in sight, or with seq 0 the beginning of its run, and stops following the end. */
  show(place: Place): void;
  /** Follows the end. */
  follow(): void;
  /** Where the list is scrolled; what is drawn of it is in there. */
  scroller: RefObject<HTMLDivElement | null>;
}

export interface TranscriptProps {
  log: ThreadLog;
  handle: RefObject<TranscriptHandle | null>;
  /** The line the keyboard is at. */
  selected: Place | undefined;
  /** The event that was linked to. */
  linked: Place | undefined;
  /** Where what is looked for was found, and what that is. */
  found: Place | undefined;
  query: string;
  onMenu: (item: Item, place: Place, at: HTMLElement) => void;
  /** The item whose menu is open. */
  menuOf: Item | undefined;
  /** What waits for a person and has no line in the conversation. */
  strays: readonly Approval[];
  /** Reads runs of the thread that are older than those that are here; undefined where there are none. */
  onOlder: (() => void) | undefined;
  /** Called after every drawing. */
  onDrawn: () => void;
}

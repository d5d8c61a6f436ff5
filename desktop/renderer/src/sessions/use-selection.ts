import { useCallback, useMemo, useState } from 'react';
import type { RowNote } from './row-line.js';

/** Which sessions are selected, and what was done to each. */
export interface Selection {
  /** Whether sessions are being selected. */
  isOn: boolean;
  /** Whether anything can be done with them. */
  may: boolean;
  selected: ReadonlySet<string>;
  notes: ReadonlyMap<string, RowNote>;
  /** Selects a session or lets it go; the first one begins a selection. */
  toggle: (id: string) => void;
}

const none: ReadonlySet<string> = new Set();
const noNotes: ReadonlyMap<string, RowNote> = new Map();

export function useSelection(may: boolean) {
  const [isOn, setIsOn] = useState(false);
  const [selected, setSelected] = useState(none);
  const [notes, setNotes] = useState(noNotes);
  const toggle = useCallback(
    (id: string) => {
      if (!may) return;
      setIsOn(true);
      setSelected((before) => (before.has(id) ? without(before, id) : new Set([...before, id])));
    },
    [may],
  );
  const selection = useMemo<Selection>(
    () => ({ isOn, may, selected, notes, toggle }),
    [isOn, may, selected, notes, toggle],
  );
  return {
    selection,
    begin: () => setIsOn(true),
    select: setSelected,
    /** What is done next is told anew. */
    forgetNotes: () => setNotes(noNotes),
    /** What is done is let go; what failed stays selected, to be tried again. */
    tell: (id: string, note: RowNote) => {
      setNotes((before) => new Map([...before, [id, note]]));
      if (!note.bad) setSelected((before) => without(before, id));
    },
    end: () => {
      setIsOn(false);
      setSelected(none);
      setNotes(noNotes);
    },
  };
}

function without(ids: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const rest = new Set(ids);
  rest.delete(id);
  return rest;
}

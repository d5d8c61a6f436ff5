import { ChevronDown, ChevronUp, X } from 'lucide-react';
import { type KeyboardEvent, useEffect, useRef } from 'react';
import type { Find } from './use-find.js';

interface Props {
  find: Find;
  /** Counts how often it was asked for: each time the field takes the focus. */
  asked: number;
  onClose: () => void;
}

/** Finds in the session: Enter goes to the next, Shift+Enter to the one before, Escape closes it. */
export function FindBar({ find, asked, onClose }: Props) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (asked > 0) field.current?.select();
  }, [asked]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter') {
      event.preventDefault();
      if (event.shiftKey) find.previous();
      else find.next();
    } else if (event.key === 'Escape') {
      event.preventDefault();
      onClose();
    }
  };
  const { query, count, at, reading, failed } = find;
  return (
    <search
      aria-label="Find in session"
      className="absolute top-2 right-3 left-3 z-20 flex items-center gap-0.5 rounded-lg border border-line bg-raised p-1 shadow-md sm:left-auto sm:w-[26rem]"
    >
      <input
        ref={field}
        type="search"
        className="min-w-0 flex-1 rounded bg-transparent px-2 py-1 [&::-webkit-search-cancel-button]:hidden"
        aria-label="Find in session"
        placeholder="Find in session"
        value={query}
        spellCheck={false}
        onChange={(event) => find.setQuery(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <span role="status" className="whitespace-nowrap px-2 text-soft text-xs tabular-nums">
        {query === ''
          ? ''
          : count > 0
            ? `${(at + 1).toLocaleString()} of ${count.toLocaleString()}`
            : reading === undefined && !failed
              ? 'Nothing found'
              : ''}
        {failed && ' · not all could be read, trying again'}
        {query !== '' && reading !== undefined && ` · reading ${Math.round(reading * 100)} %`}
      </span>
      <button
        type="button"
        className="button quiet icon"
        aria-label="Previous"
        disabled={count === 0}
        onClick={find.previous}
      >
        <ChevronUp aria-hidden="true" size={16} />
      </button>
      <button
        type="button"
        className="button quiet icon"
        aria-label="Next"
        disabled={count === 0}
        onClick={find.next}
      >
        <ChevronDown aria-hidden="true" size={16} />
      </button>
      <button type="button" className="button quiet icon" aria-label="Close find" onClick={onClose}>
        <X aria-hidden="true" size={16} />
      </button>
    </search>
  );
}

import type { ReactNode } from 'react';
import { Seen } from './seen.js';

interface ErrorProps {
  error: unknown;
  /** Tries again, where a person may want that. */
  retry?: () => void;
}

/** What went wrong, in the server's own sentence; nothing while there is no error. */
export function ErrorNote({ error, retry }: ErrorProps) {
  if (!error) return null;
  return (
    <div
      role="alert"
      className="flex flex-wrap items-center gap-x-4 gap-y-1 rounded-md bg-bad-soft px-3 py-2 text-bad"
    >
      <p className="[overflow-wrap:anywhere]">
        <Seen text={error instanceof Error ? error.message : String(error)} />
      </p>
      {retry && (
        <button type="button" className="py-0.5 font-medium underline" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

interface EmptyProps {
  title: string;
  /** Whether it is all of the screen: its title is the screen's then. */
  isScreen?: boolean;
  children: ReactNode;
}

/** A screen or list with nothing in it, saying what would fill it. */
export function Empty({ title, isScreen = false, children }: EmptyProps) {
  const Heading = isScreen ? 'h1' : 'h2';
  return (
    <div className="mx-auto flex max-w-md flex-col items-center gap-3 px-4 py-16 text-center">
      <Heading className="font-semibold text-base">{title}</Heading>
      <div className="text-soft">{children}</div>
    </div>
  );
}

import type { ReactNode } from 'react';

/** What went wrong, in the server's own sentence; nothing while there is no error. */
export function ErrorNote({ error }: { error: unknown }) {
  if (!error) return null;
  return (
    <p role="alert" className="rounded-md bg-bad-soft px-3 py-2 text-bad">
      {error instanceof Error ? error.message : String(error)}
    </p>
  );
}

/** A screen or list with nothing in it, saying what would fill it. */
export function Empty({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="mx-auto flex max-w-md flex-col items-center gap-3 px-4 py-16 text-center">
      <h2 className="font-semibold text-base">{title}</h2>
      <div className="text-soft">{children}</div>
    </div>
  );
}

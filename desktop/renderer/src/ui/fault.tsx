import { Seen } from './seen.js';

/** What is thrown, as one line. */
export const faultLine = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error);

/** A fault of the dashboard's own, with what a report of it needs. */
export function Fault({ error }: { error: unknown }) {
  const stack = error instanceof Error ? error.stack : undefined;
  return (
    <details className="text-left text-soft text-xs">
      <summary className="py-0.5">
        <Seen text={faultLine(error)} />
      </summary>
      <pre className="mono whitespace-pre-wrap [overflow-wrap:anywhere]">
        <Seen text={stack ?? faultLine(error)} />
      </pre>
    </details>
  );
}

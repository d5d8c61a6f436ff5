import { Seen } from '../ui/seen.js';

/** What was asked, at the head of the conversation. */
export function Prompt({ text }: { text: string }) {
  return (
    <div className="mx-auto mb-3 flex max-w-4xl gap-3 rounded-lg bg-sunken px-3.5 py-2.5">
      <span aria-hidden="true" className="font-mono text-accent">
        ›
      </span>
      <p dir="auto" className="max-h-72 min-w-0 overflow-y-auto whitespace-pre-wrap [overflow-wrap:anywhere]">
        <Seen text={text} />
      </p>
    </div>
  );
}

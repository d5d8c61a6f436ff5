import type { Item } from '../conversation/items.js';
import { Fault } from '../ui/fault.js';
import { Seen } from '../ui/seen.js';

/** Stands for a line that could not be drawn: what it says, without any look. */
export function FailedItem({ item, error }: { item: Item; error: unknown }) {
  const words = item.type === 'tool' ? [item.title, item.result?.text] : [item.text];
  return (
    <div className="flex flex-col gap-1 rounded-md bg-bad-soft px-3 py-1.5">
      <p className="text-bad">This could not be shown as it should be; the log has all of it.</p>
      <Fault error={error} />
      {words.map(
        (text) =>
          text && (
            <pre key={text} className="mono max-h-96 overflow-auto whitespace-pre-wrap">
              <Seen text={text} />
            </pre>
          ),
      )}
    </div>
  );
}

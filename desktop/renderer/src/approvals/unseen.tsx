import type { Approval } from '@agentfleet/contract';
import { useState } from 'react';
import { useAskedSight } from '../ui/asked-sight.js';
import { Seen } from '../ui/seen.js';
import { dangerOf } from './danger.js';

/**
 * Beside the buttons: how much of what is asked was not in sight yet, and the lines of a long command that are dangerous,
 * wherever in it they stand. It stays once all was seen, so that no button moves under the finger.
 */
export function Unseen({ approval }: { approval: Approval }) {
  const sight = useAskedSight();
  const unseen = sight?.unseen ?? 0;
  const [hadMore, setHadMore] = useState(false);
  if (unseen > 0 && !hadMore) setHadMore(true);
  const { lines = [], morePlaces = 0 } = dangerOf(approval);
  if (!hadMore && lines.length === 0) return null;
  return (
    <div className="flex flex-col gap-1.5 pb-2">
      {lines.length > 0 && (
        <ul aria-label="Dangerous lines" className="flex flex-col gap-0.5 text-bad">
          {lines.map(({ line, text }) => (
            <li key={`${line} ${text}`} className="[overflow-wrap:anywhere]">
              Line {line.toLocaleString()}:{' '}
              <code className="mono">
                <Seen text={text} />
              </code>
            </li>
          ))}
          {morePlaces > 0 && (
            <li>
              … and {morePlaces.toLocaleString()} more {morePlaces === 1 ? 'place' : 'places'}
            </li>
          )}
        </ul>
      )}
      {hadMore && (
        <div className="flex min-h-[34px] flex-wrap items-center gap-x-3 gap-y-1.5">
          <p role="status" className={unseen > 0 ? 'font-medium text-warn' : 'text-soft'}>
            {unseen > 0
              ? `… ${unseen.toLocaleString()} more ${unseen === 1 ? 'line' : 'lines'} that you have not seen`
              : 'All of it is shown'}
          </p>
          {unseen > 0 && (
            <button type="button" className="button" onClick={sight?.showWhole}>
              Show all of it
            </button>
          )}
        </div>
      )}
    </div>
  );
}

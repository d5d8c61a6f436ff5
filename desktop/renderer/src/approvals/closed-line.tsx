import { useSignedIn } from '../base/signed-in.js';
import { formatInstant } from '../ui/format.js';
import { Seen } from '../ui/seen.js';
import { type Closed, closedWords } from './words.js';

const marks = {
  waiting: { mark: '◆', colour: 'text-warn' },
  allowed: { mark: '✓', colour: 'text-good' },
  denied: { mark: '⊘', colour: 'text-bad' },
  expired: { mark: '⊘', colour: 'text-bad' },
  withdrawn: { mark: '⊘', colour: 'text-soft' },
};

/** What became of a permission, and when. */
export function ClosedLine({ at, ...closed }: Closed & { at: string | null }) {
  const { mark, colour } = marks[closed.state];
  const own = useSignedIn().key.name;
  const decidedBy = closed.decidedBy === own ? 'you' : closed.decidedBy;
  return (
    <p className="flex items-baseline gap-2 text-soft text-xs">
      <span aria-hidden="true" className={`w-3 shrink-0 text-center font-mono ${colour}`}>
        {mark}
      </span>
      <span dir="auto" className="[overflow-wrap:anywhere]">
        <Seen text={closedWords({ ...closed, decidedBy })} />
        {at !== null && (
          <>
            {', '}
            <time dateTime={at} title={formatInstant(at)}>
              {formatInstant(at, 'time')}
            </time>
          </>
        )}
      </span>
    </p>
  );
}

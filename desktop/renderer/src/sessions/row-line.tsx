import type { Run, RunRow } from '@agentfleet/contract';
import type { ReactNode } from 'react';
import { askedWords } from '../approvals/words.js';
import { titleOfLine } from '../conversation/tool-names.js';
import { isOutOfReach, outOfReachSince, waitsForYou } from '../ui/run-status.js';
import { Seen } from '../ui/seen.js';
import { useNow } from '../ui/use-now.js';
import { whyWords } from './why-words.js';

/** A session as lists have it, as far as a server says what it is at. */
export type ListedRun = Run & Pick<RunRow, 'wait' | 'asks' | 'line'>;

/** What has just been done to a session from the list, or why it was not. */
export interface RowNote {
  words: string;
  bad: boolean;
}

/** What a session is at, on one line: what it asks, why it waits or failed, or its last words; nothing of one that is done. */
export function RowLine({ run, note }: { run: ListedRun; note?: RowNote | undefined }) {
  if (note)
    return (
      <Line colour={note.bad ? 'text-bad' : 'text-good'}>
        <Seen text={note.words} />
      </Line>
    );
  if (run.asks && waitsForYou(run)) {
    const more = run.approvalsWaiting - 1;
    return (
      <Line colour="text-warn">
        <span className="sr-only">It asks: </span>
        <Seen text={askedWords(run.asks)} />
        {more > 0 && ` (and ${more} more)`}
      </Line>
    );
  }
  if (isOutOfReach(run)) return <OutOfReachLine run={run} />;
  if (run.failure)
    return (
      <Line colour="text-bad">
        <Seen text={run.failure.message} />
      </Line>
    );
  if (run.wait && run.status === 'QUEUED')
    return (
      <Line colour="text-soft">
        <Seen text={whyWords(run.wait)} />
      </Line>
    );
  if (run.line && run.status === 'RUNNING') {
    return (
      <Line colour="text-soft">
        <span className="sr-only">{run.line.kind === 'assistant' ? 'It said: ' : 'Its last tool: '}</span>
        <span className={run.line.kind === 'tool_use' ? 'font-mono text-[12.5px]' : ''}>
          <Seen text={titleOfLine(run.line.message)} />
        </span>
      </Line>
    );
  }
  return null;
}

function Line({ colour, children }: { colour: string; children: ReactNode }) {
  return (
    <span dir="auto" className={`truncate ${colour}`}>
      {children}
    </span>
  );
}

function OutOfReachLine({ run }: { run: Run }) {
  const now = useNow(15_000);
  return (
    <Line colour="text-warn">
      {outOfReachSince(run, now)}
      {run.cancelRequestedAt !== null && ': cancelled once the runner is back'}
    </Line>
  );
}

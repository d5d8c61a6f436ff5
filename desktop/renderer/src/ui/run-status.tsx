import type { Run, RunStatus } from '@agentfleet/contract';
import { formatAge, formatInstant } from './format.js';

const looks: Record<RunStatus, { word: string; mark: string; colour: string }> = {
  QUEUED: { word: 'Queued', mark: '◌', colour: 'text-warn' },
  CLAIMED: { word: 'Starting', mark: '◐', colour: 'text-accent' },
  RUNNING: { word: 'Running', mark: '●', colour: 'text-accent' },
  SUCCEEDED: { word: 'Done', mark: '✓', colour: 'text-good' },
  FAILED: { word: 'Failed', mark: '✕', colour: 'text-bad' },
  CANCELLED: { word: 'Cancelled', mark: '⊘', colour: 'text-soft' },
};

/** What of a run says how it stands. */
type Standing = Pick<Run, 'status' | 'approvalsWaiting' | 'lostAt'>;

/** How a run stands by mark, word and colour, so that no one of them has to be seen. */
export function RunStatusMark({ run }: { run: Standing }) {
  const { status } = run;
  if (waitsForYou(run)) {
    return (
      <span className="-ml-1.5 inline-flex items-center gap-1.5 whitespace-nowrap rounded-full bg-warn-soft pr-2 pl-1.5 font-medium text-[0.93em] text-warn">
        <span aria-hidden="true" className="w-3 text-center font-mono">
          ◆
        </span>
        {waitingWord}
      </span>
    );
  }
  const isLost = isOutOfReach(run);
  const { word, mark, colour } = isLost ? outOfReach : looks[status];
  const alive = !isLost && (status === 'RUNNING' || status === 'CLAIMED');
  return (
    <span className={`inline-flex items-center gap-1.5 whitespace-nowrap ${colour}`}>
      <span aria-hidden="true" className={`w-3 text-center font-mono ${alive ? 'breathing' : ''}`}>
        {mark}
      </span>
      {word}
    </span>
  );
}

/** Whether it goes on only when a person allows or denies something. */
export function waitsForYou({ status, approvalsWaiting }: Standing): boolean {
  return status === 'RUNNING' && approvalsWaiting > 0;
}

/** The word for how a run stands. */
export function statusWord(run: Standing): string {
  if (waitsForYou(run)) return waitingWord;
  return isOutOfReach(run) ? outOfReach.word : looks[run.status].word;
}

/** Whether it goes on, as far as anybody knows, while nobody hears of it. */
export function isOutOfReach({ status, lostAt }: Pick<Run, 'status' | 'lostAt'>): boolean {
  return status === 'RUNNING' && lostAt !== null;
}

/** `Out of reach since 2:03 PM (5 min ago)`; the day stands there when it was another one. */
export function outOfReachSince({ lostAt }: Pick<Run, 'lostAt'>, now: number): string {
  const since = new Date(lostAt ?? now);
  const time = formatInstant(since.getTime(), 'time');
  const isToday = since.toDateString() === new Date(now).toDateString();
  const when = isToday ? time : `${formatInstant(since.getTime(), 'date')}, ${time}`;
  return `Out of reach since ${when} (${formatAge(since.toISOString(), now)})`;
}

const waitingWord = 'Waiting for you';
const outOfReach = { word: 'Out of reach', mark: '◍', colour: 'text-warn' };

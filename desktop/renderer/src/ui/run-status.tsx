import type { Run, RunStatus } from '@agentfleet/contract';

const looks: Record<RunStatus, { word: string; mark: string; colour: string }> = {
  QUEUED: { word: 'Queued', mark: '◌', colour: 'text-warn' },
  CLAIMED: { word: 'Starting', mark: '◐', colour: 'text-accent' },
  RUNNING: { word: 'Running', mark: '●', colour: 'text-accent' },
  SUCCEEDED: { word: 'Done', mark: '✓', colour: 'text-good' },
  FAILED: { word: 'Failed', mark: '✕', colour: 'text-bad' },
  CANCELLED: { word: 'Cancelled', mark: '⊘', colour: 'text-soft' },
};

/** What of a run says how it stands. */
type Standing = Pick<Run, 'status' | 'approvalsWaiting'>;

/** How a run stands by mark, word and colour, so that no one of them has to be seen. */
export function RunStatusMark({ run }: { run: Standing }) {
  const { status } = run;
  if (waitsForYou(run)) {
    return (
      <span className="-ml-1.5 inline-flex items-center gap-1.5 whitespace-nowrap rounded-full bg-warn-soft pr-2 pl-1.5 font-medium text-[13px] text-warn">
        <span aria-hidden="true" className="w-3 text-center font-mono">
          ◆
        </span>
        {waitingWord}
      </span>
    );
  }
  const { word, mark, colour } = looks[status];
  const alive = status === 'RUNNING' || status === 'CLAIMED';
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
  return waitsForYou(run) ? waitingWord : looks[run.status].word;
}

const waitingWord = 'Waiting for you';

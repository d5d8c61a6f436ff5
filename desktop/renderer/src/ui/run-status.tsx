import type { RunStatus } from '@agentfleet/contract';

const looks: Record<RunStatus, { word: string; mark: string; colour: string }> = {
  QUEUED: { word: 'Queued', mark: '◌', colour: 'text-warn' },
  CLAIMED: { word: 'Starting', mark: '◐', colour: 'text-accent' },
  RUNNING: { word: 'Running', mark: '●', colour: 'text-accent' },
  SUCCEEDED: { word: 'Done', mark: '✓', colour: 'text-good' },
  FAILED: { word: 'Failed', mark: '✕', colour: 'text-bad' },
  CANCELLED: { word: 'Cancelled', mark: '⊘', colour: 'text-soft' },
};

/** A status by mark, word and colour, so that no one of them has to be seen. */
export function RunStatusMark({ status }: { status: RunStatus }) {
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

/** The word a status is called by. */
export function statusWord(status: RunStatus): string {
  return looks[status].word;
}

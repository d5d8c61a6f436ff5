import type { Runner, RunnerState } from '@agentfleet/contract';
import { Age } from '../ui/age.js';

const states: Record<RunnerState, { word: string; mark: string; colour: string }> = {
  online: { word: 'Online', mark: '●', colour: 'text-good' },
  paused: { word: 'Paused', mark: '‖', colour: 'text-warn' },
  draining: { word: 'Draining', mark: '◐', colour: 'text-warn' },
  offline: { word: 'Offline', mark: '○', colour: 'text-soft' },
};

/** How a runner is, by mark, word and colour; for one that is silent, since when. */
export function RunnerStateMark({ runner }: { runner: Runner }) {
  const { word, mark, colour } = states[runner.state];
  return (
    <span className={`whitespace-nowrap ${colour}`}>
      <span aria-hidden="true">{mark}</span> {word}
      {!runner.online && (
        <>
          {' · seen '}
          <Age at={runner.lastSeenAt} />
        </>
      )}
    </span>
  );
}

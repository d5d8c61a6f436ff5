import type { RunnerStatus } from '@agentfleet/bridge';
import { useMutation } from '@tanstack/react-query';
import { useAppClient, useAppState } from './app-context.js';

interface Look {
  word: string;
  mark: string;
  colour: string;
}

const looks: Record<RunnerStatus['phase'], Look> = {
  stopped: { word: 'Not running', mark: '○', colour: 'text-soft' },
  starting: { word: 'Connecting', mark: '◌', colour: 'text-warn' },
  online: { word: 'Online', mark: '●', colour: 'text-good' },
  offline: { word: 'Offline', mark: '○', colour: 'text-warn' },
  blocked: { word: 'Cannot work', mark: '✕', colour: 'text-bad' },
  draining: { word: 'Finishing sessions', mark: '◐', colour: 'text-warn' },
};

/** The state of this computer's runner, by mark and word. */
export function RunnerMark() {
  const { phase, paused, running } = useAppState().runner;
  const isPaused = paused && (phase === 'online' || phase === 'starting');
  const { word, mark, colour } = isPaused ? { word: 'Paused', mark: '‖', colour: 'text-warn' } : looks[phase];
  return (
    <span className={`whitespace-nowrap ${colour}`}>
      <span aria-hidden="true">{mark}</span> {word}
      {running.length > 0 && `, ${running.length} running`}
    </span>
  );
}

/** Takes new sessions or not; what runs goes on either way. */
export function PauseButton() {
  const client = useAppClient();
  const { paused, phase } = useAppState().runner;
  const toggle = useMutation({ mutationFn: () => client.ask(paused ? 'resume' : 'pause', undefined) });
  if (phase === 'stopped') return null;
  return (
    <button
      type="button"
      className="button"
      title={paused ? 'Take new sessions again' : 'Finish current sessions, take no new ones'}
      disabled={toggle.isPending}
      onClick={() => toggle.mutate()}
    >
      {paused ? 'Resume' : 'Pause'}
    </button>
  );
}

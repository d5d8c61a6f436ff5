import { canPause, type RunnerStatus } from '@agentfleet/bridge';
import { type PauseLength, pauseLengths, pauseLengthWords, pauseWords } from '@agentfleet/contract';
import { Menu } from '@base-ui/react/menu';
import { useMutation } from '@tanstack/react-query';
import { ChevronDown } from 'lucide-react';
import { toast } from '../ui/toasts.js';
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
  const { phase, pause, running } = useAppState().runner;
  const isPaused = pause !== null && (phase === 'online' || phase === 'starting');
  const { word, mark, colour } = isPaused ? { word: 'Paused', mark: '‖', colour: 'text-warn' } : looks[phase];
  return (
    <span className={`whitespace-nowrap ${colour}`}>
      <span aria-hidden="true">{mark}</span> {word}
      {running.length > 0 && `, ${running.length} running`}
    </span>
  );
}

/** Why it does not work, or who paused it and until when; null where all is well. */
export function useRunnerReason(): string | null {
  const { reason, pause } = useAppState().runner;
  if (reason !== null) return reason;
  return pause && pauseWords(pause, 'on this computer');
}

/**
 * Takes new sessions or not; what runs goes on either way. Whoever paused it: it is resumed here as on the Runners page, and
 * a quit that waits for what runs is taken back.
 */
export function PauseButton() {
  const client = useAppClient();
  const { runner } = useAppState();
  const failed = (error: Error) => toast({ title: 'That did not work', detail: error.message, bad: true });
  const pause = useMutation({
    mutationFn: (length: PauseLength) => client.ask('pause', length),
    onError: failed,
  });
  const resume = useMutation({
    mutationFn: (how: 'resume' | 'keepRunning') => client.ask(how, undefined),
    onError: failed,
  });
  if (runner.quits) {
    return (
      <button
        type="button"
        className="button"
        title="Do not quit, and take new sessions again"
        disabled={resume.isPending}
        onClick={() => resume.mutate('keepRunning')}
      >
        Keep running
      </button>
    );
  }
  if (!canPause(runner)) return null;
  if (runner.pause) {
    return (
      <button
        type="button"
        className="button"
        title="Take new sessions again"
        disabled={resume.isPending}
        onClick={() => resume.mutate('resume')}
      >
        Resume
      </button>
    );
  }
  return (
    <Menu.Root>
      <Menu.Trigger className="button" title="Finish current sessions, take no new ones">
        Pause
        <ChevronDown aria-hidden="true" size={14} />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner className="z-30" align="end" sideOffset={4}>
          <Menu.Popup className="popup w-56 py-1.5">
            {pauseLengths.map((length) => (
              <Menu.Item key={length} className="menu-item" onClick={() => pause.mutate(length)}>
                {pauseLengthWords[length]}
              </Menu.Item>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

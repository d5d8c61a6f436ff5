import { pauseWords, type Runner } from '@agentfleet/contract';
import { useSignedIn } from '../base/signed-in.js';
import { Age } from '../ui/age.js';
import { Seen } from '../ui/seen.js';

/** Since when a runner is paused, by whom, until when and why. */
export function PausedWords({ runner }: { runner: Runner & { pausedAt: string } }) {
  const own = useSignedIn().key.name;
  const { pausedAt, pausedBy, pausedAtMachine, pausedUntil, pauseNote } = runner;
  const pause = {
    by: pausedBy === own ? 'you' : (pausedBy ?? null),
    atMachine: pausedAtMachine ?? false,
    until: pausedUntil ?? null,
    note: null,
  };
  return (
    <span dir="auto" className="[overflow-wrap:anywhere]">
      <Seen text={pauseWords(pause, 'at the machine itself')} /> (<Age at={pausedAt} />)
      {pauseNote && (
        <>
          {': '}
          <Seen text={pauseNote} />
        </>
      )}
    </span>
  );
}

export const isPaused = (runner: Runner): runner is Runner & { pausedAt: string } => runner.pausedAt !== null;

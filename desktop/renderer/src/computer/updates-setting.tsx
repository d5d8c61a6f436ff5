import type { UpdateState } from '@agentfleet/bridge';
import { useMutation } from '@tanstack/react-query';
import { ErrorNote } from '../ui/notes.js';
import { useAppClient, useAppState } from './app-context.js';
import { SwitchSetting } from './switch-setting.js';

/** Which version runs, and how a newer one comes. */
export function UpdatesSetting() {
  const client = useAppClient();
  const { version, update } = useAppState();
  const check = useMutation({ mutationFn: () => client.ask('checkForUpdates', undefined) });
  const install = useMutation({ mutationFn: () => client.ask('installUpdate', undefined) });
  const unavailable = update.phase === 'unavailable';
  return (
    <div className="flex flex-col gap-2">
      <SwitchSetting name="updates" label="Look for updates by itself" />
      <p role="status" className={update.phase === 'failed' ? 'text-bad' : 'text-soft'}>
        AgentFleet {version}. {words(update)}
      </p>
      {update.phase === 'ready' ? (
        <button type="button" className="button primary self-start" onClick={() => install.mutate()}>
          Quit and install
        </button>
      ) : (
        !unavailable && (
          <button
            type="button"
            className="button self-start"
            disabled={check.isPending || update.phase === 'checking' || update.phase === 'downloading'}
            onClick={() => check.mutate()}
          >
            Check now
          </button>
        )
      )}
      <ErrorNote error={check.error ?? install.error} />
    </div>
  );
}

function words({ phase, detail }: UpdateState): string {
  switch (phase) {
    case 'unavailable':
      return detail ?? 'This build takes no updates.';
    case 'checking':
      return 'Looking for a newer one…';
    case 'downloading':
      return `Fetching ${detail}…`;
    case 'ready':
      return `${detail} is ready.`;
    case 'failed':
      return `The look for updates failed: ${detail}`;
    case 'idle':
      return '';
  }
}

import { useMutation } from '@tanstack/react-query';
import { ErrorNote } from '../ui/notes.js';
import { useAppClient, useAppState } from './app-context.js';

/** What somebody who helps asks for. */
export function HelpSetting() {
  const client = useAppClient();
  const { logFile } = useAppState();
  const show = useMutation({ mutationFn: () => client.ask('showLog', undefined) });
  const copy = useMutation({ mutationFn: () => client.ask('copyDiagnostics', undefined) });
  const about = useMutation({ mutationFn: () => client.ask('showAbout', undefined) });
  const save = useMutation({ mutationFn: () => client.ask('saveDiagnostics', undefined) });
  return (
    <div className="flex flex-col gap-2">
      <p className="text-soft">
        The log is at <code className="break-all font-mono text-[12.5px]">{logFile}</code>. A diagnostics
        bundle has the log, the settings and the checks above; no key, no prompt and no output of a session is
        in it.
      </p>
      <div className="flex flex-wrap gap-2">
        <button type="button" className="button" onClick={() => show.mutate()}>
          Show the log
        </button>
        <button type="button" className="button" disabled={copy.isPending} onClick={() => copy.mutate()}>
          {copy.isPending ? 'Copying…' : 'Copy diagnostics'}
        </button>
        <button type="button" className="button" disabled={save.isPending} onClick={() => save.mutate()}>
          Save a diagnostics bundle…
        </button>
        <button type="button" className="button" onClick={() => about.mutate()}>
          About
        </button>
      </div>
      <div role="status" className="empty:hidden">
        {copy.isSuccess && <p className="text-good">✓ Copied</p>}
        {save.data && <p className="break-all text-good">✓ Saved as {save.data}</p>}
      </div>
      <ErrorNote error={show.error ?? copy.error ?? save.error ?? about.error} />
    </div>
  );
}

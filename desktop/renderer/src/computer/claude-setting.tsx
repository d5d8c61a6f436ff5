import { useMutation } from '@tanstack/react-query';
import { ErrorNote } from '../ui/notes.js';
import { useAppClient } from './app-context.js';
import { useDraft } from './draft-context.js';

/** Which Claude Code is run: the one of PATH, or one that was chosen. */
export function ClaudeSetting() {
  const client = useAppClient();
  const { fields, choose: change } = useDraft();
  const { claudePath } = fields;
  const choose = useMutation({
    mutationFn: async () => {
      const path = await client.ask('pickClaude', undefined);
      if (path !== null) change({ claudePath: path });
    },
  });
  return (
    <div className="flex flex-col gap-2">
      <h3 className="font-medium">Claude Code</h3>
      <p className="[overflow-wrap:anywhere]">
        {claudePath === '' ? (
          <span className="text-soft">The one this computer finds by itself</span>
        ) : (
          <code className="font-mono text-[12.5px]">{claudePath}</code>
        )}
      </p>
      <div className="flex flex-wrap gap-2">
        <button type="button" className="button" disabled={choose.isPending} onClick={() => choose.mutate()}>
          Choose another…
        </button>
        {claudePath !== '' && (
          <button type="button" className="button" onClick={() => change({ claudePath: '' })}>
            Find it by itself
          </button>
        )}
      </div>
      <ErrorNote error={choose.error} />
    </div>
  );
}

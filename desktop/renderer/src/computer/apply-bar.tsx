import { ErrorNote } from '../ui/notes.js';
import { useAppState } from './app-context.js';
import { fieldWords } from './draft.js';
import { useDraft } from './draft-context.js';

/** What was changed and does not hold yet, and the way to let it; nothing while there is nothing. */
export function ApplyBar() {
  const { changed, problems, wasTried, error, applied, isPending, apply, discard } = useDraft();
  if (changed.length === 0) return null;
  // Where it stands may be out of sight.
  const wrong = wasTried ? changed.filter((name) => name in problems) : [];
  return (
    <section
      aria-label="Changes"
      className="sticky bottom-0 z-10 -mx-4 flex flex-col gap-2 border-line border-t bg-raised px-4 py-3 sm:-mx-6 sm:px-6"
    >
      <ErrorNote error={error} />
      {wrong.length > 0 && (
        <p role="alert" className="text-bad">
          Correct first: {wrong.map((name) => fieldWords[name]).join(', ')}.
        </p>
      )}
      {applied?.outcome === 'declined' && <p role="status">Nothing was changed.</p>}
      {applied?.outcome === 'key-needed' && <KeyNeeded server={applied.server} />}
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <p className="mr-auto min-w-0">
          Not applied yet: {changed.map((name) => fieldWords[name]).join(', ')}.
        </p>
        <div className="flex gap-2">
          <button type="button" className="button" disabled={isPending} onClick={discard}>
            Discard
          </button>
          <button type="button" className="button primary" disabled={isPending} onClick={apply}>
            {isPending ? 'Applying…' : 'Apply'}
          </button>
        </div>
      </div>
    </section>
  );
}

function KeyNeeded({ server }: { server: string }) {
  const { settings } = useAppState();
  return (
    <p role="status" className="text-warn [overflow-wrap:anywhere]">
      {server} answers, and needs a key: copy one there and paste it above. Until then this computer stays at{' '}
      {settings.server}.
    </p>
  );
}

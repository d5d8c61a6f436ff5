import type { Run } from '@agentfleet/contract';
import { useQueryClient } from '@tanstack/react-query';
import { CircleStop, RotateCcw, Tag } from 'lucide-react';
import { useState } from 'react';
import { useTransport } from '../base/transport-context.js';
import { Confirm } from '../ui/confirm.js';
import { type Act, cancelling, launchingAgain, mayBeCancelled, relabelling, toEach } from './bulk.js';
import { LabelDialog } from './label-dialog.js';
import type { useSelection } from './use-selection.js';

interface Props {
  runs: readonly Run[];
  chosen: ReturnType<typeof useSelection>;
}

/** What may be done with the sessions that are selected; what became of each is told in its row. */
export default function BulkBar({ runs, chosen }: Props) {
  const transport = useTransport();
  const queries = useQueryClient();
  const { selection, select, forgetNotes, tell, end } = chosen;
  const [asking, setAsking] = useState<'cancel' | 'label' | 'again' | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const [told, setTold] = useState('');
  const selected = runs.filter(({ id }) => selection.selected.has(id));
  const active = selected.filter(mayBeCancelled);
  const unchecked = selected.filter(({ permissionMode }) => permissionMode === 'bypassPermissions').length;

  const apply = async (to: readonly Run[], act: Act) => {
    setAsking(null);
    setIsBusy(true);
    setTold('');
    forgetNotes();
    const { done, failed } = await toEach(to, act, tell);
    setIsBusy(false);
    setTold(
      failed === 0 ? `Done for ${sessions(done)}.` : `Done for ${done}, not for ${failed}: see their rows.`,
    );
    await queries.invalidateQueries({ queryKey: ['runs'] });
  };

  return (
    <section
      aria-label="Selected sessions"
      className="sticky bottom-3 z-20 flex flex-wrap items-center gap-2 rounded-lg border border-line bg-raised px-3 py-2 shadow-(--shadow)"
    >
      <p role="status" className="mr-auto min-w-28 font-medium tabular-nums">
        {isBusy ? 'Working…' : told !== '' && selected.length === 0 ? told : `${selected.length} selected`}
        {told !== '' && selected.length > 0 && !isBusy && (
          <span className="font-normal text-soft"> · {told}</span>
        )}
      </p>
      {selected.length < runs.length && (
        <button
          type="button"
          className="button quiet"
          onClick={() => select(new Set(runs.map(({ id }) => id)))}
        >
          Select all {runs.length}
        </button>
      )}
      <button
        type="button"
        className="button danger"
        disabled={isBusy || active.length === 0}
        onClick={() => setAsking('cancel')}
      >
        <CircleStop aria-hidden="true" size={15} />
        Cancel{active.length > 0 && active.length < selected.length && ` ${active.length}`}
      </button>
      <button
        type="button"
        className="button"
        disabled={isBusy || selected.length === 0}
        onClick={() => setAsking('label')}
      >
        <Tag aria-hidden="true" size={15} />
        Label…
      </button>
      <button
        type="button"
        className="button"
        disabled={isBusy || selected.length === 0}
        onClick={() => setAsking('again')}
      >
        <RotateCcw aria-hidden="true" size={15} />
        Launch again
      </button>
      <button type="button" className="button quiet" onClick={end}>
        Close
      </button>
      {asking === 'cancel' && (
        <Confirm
          title={`Cancel ${sessions(active.length)}?`}
          act={`Cancel ${sessions(active.length)}`}
          busy={false}
          error={null}
          onAct={() => void apply(active, cancelling(transport))}
          onClose={() => setAsking(null)}
        >
          <p>What they have done so far stays done.</p>
        </Confirm>
      )}
      {asking === 'again' && (
        <Confirm
          title={`Launch ${sessions(selected.length)} again?`}
          act={`Launch ${sessions(selected.length)}`}
          isHarmless={unchecked === 0}
          busy={false}
          error={null}
          onAct={() => void apply(selected, launchingAgain(transport))}
          onClose={() => setAsking(null)}
        >
          <p>Each begins anew with its prompt, in its folder, on whichever runner may take it.</p>
          {unchecked > 0 && (
            <p className="text-bad">
              {sessions(unchecked)} of these {unchecked === 1 ? 'runs' : 'run'} without permission checks.
            </p>
          )}
        </Confirm>
      )}
      {asking === 'label' && (
        <LabelDialog
          runs={selected}
          onLabels={(add, remove) => void apply(selected, relabelling(transport, add, remove))}
          onClose={() => setAsking(null)}
        />
      )}
    </section>
  );
}

const sessions = (count: number) => (count === 1 ? '1 session' : `${count} sessions`);

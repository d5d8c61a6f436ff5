import { Field } from '@base-ui/react/field';
import type { DraftField, LaunchDraft } from './draft.js';

interface Props {
  draft: LaunchDraft;
  onChange: (change: Partial<LaunchDraft>) => void;
  /** Something in here is wrong. */
  open: boolean;
}

const fields: [DraftField & keyof LaunchDraft, string, string, string][] = [
  ['timeoutMin', 'Time limit', 'min', 'none'],
  ['stallMin', 'Longest silence', 'min', 'the runner’s'],
  ['maxTurns', 'Turns', '', 'any'],
  ['maxBudgetUsd', 'Budget', 'USD', 'none'],
  ['priority', 'Priority', '', '0; higher goes first'],
  ['queueTtlMin', 'Longest wait', 'min', 'any'],
  ['approvalMin', 'Wait for approval', 'min', '10; 0 asks nobody'],
  ['maxAttempts', 'Starts if a runner is lost', '', '1'],
];

/** What bounds the session and how it queues; folded, with what is set in the fold. */
export function LimitsFields({ draft, onChange, open }: Props) {
  const set = fields.flatMap(([field, name, unit]) => {
    const value = draft[field];
    return typeof value === 'string' && value.trim() !== ''
      ? [`${name.toLowerCase()} ${value} ${unit}`.trim()]
      : [];
  });
  if (asksNobody(draft)) set[set.findIndex((words) => words.startsWith('wait for'))] = 'asks nobody';
  if (draft.sharedCwd) set.push('folder shared');
  return (
    <details className="panel !py-3" {...(open ? { open } : {})}>
      <summary className="py-0.5 font-medium">
        Limits and queue{' '}
        <span className="font-normal text-soft">{set.length > 0 ? set.join(' · ') : 'nothing set'}</span>
      </summary>
      <div className="mt-3 grid gap-4 sm:grid-cols-2 lg:grid-cols-4">
        {fields.map(([field, name, unit, none]) => (
          <Field.Root key={field} name={field} className="flex min-w-0 flex-col gap-1">
            <Field.Label className="truncate font-medium">
              {name} {unit && <span className="font-normal text-soft">{unit}</span>}
            </Field.Label>
            <Field.Control
              className="field"
              inputMode="decimal"
              placeholder={none}
              value={String(draft[field])}
              onValueChange={(value) => onChange({ [field]: value })}
            />
            <Field.Error className="text-bad" />
          </Field.Root>
        ))}
      </div>
      {asksNobody(draft) && (
        <p className="mt-3 text-soft">
          Nobody is asked: what the mode does not allow is denied at once, and the session goes on without it.
        </p>
      )}
      <label className="mt-4 flex items-start gap-2.5">
        <input
          type="checkbox"
          className="mt-1 shrink-0"
          checked={draft.sharedCwd}
          onChange={(event) => onChange({ sharedCwd: event.target.checked })}
        />
        <span>
          Share the folder{' '}
          <span className="text-soft">
            with other sessions that allow it too; otherwise one works in a folder at a time.
          </span>
        </span>
      </label>
    </details>
  );
}

const asksNobody = ({ approvalMin }: LaunchDraft) => approvalMin.trim() !== '' && Number(approvalMin) === 0;

import { type FormEvent, type ReactNode, useId } from 'react';
import type { TypedName } from './draft.js';
import { useDraft } from './draft-context.js';

interface Props {
  name: TypedName;
  label: string;
  /** Says what it is for, or warns. */
  children?: ReactNode;
  placeholder?: string;
}

const keyboards = { server: 'url', name: 'text', maxConcurrentRuns: 'numeric' } as const;

/** One setting that is typed: Enter applies it, and what is wrong with it is said beside it. */
export function TextSetting({ name, label, children, placeholder }: Props) {
  const { fields, changed, problems, wasTried, atOnce, error, isPending, type, apply } = useDraft();
  const id = useId();
  const isChanged = changed.includes(name);
  // Elsewhere the bar below says it.
  const refusal = atOnce && isChanged ? error?.message : undefined;
  const wrong = (wasTried ? problems[name] : undefined) ?? refusal;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    apply();
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-1">
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      <div className="flex gap-2">
        <input
          id={id}
          className="field min-w-0 flex-1"
          inputMode={keyboards[name]}
          spellCheck={false}
          autoComplete="off"
          placeholder={placeholder}
          value={fields[name]}
          aria-invalid={wrong !== undefined}
          aria-describedby={`${id}-words`}
          onChange={(event) => type(name, event.target.value)}
        />
        {atOnce && isChanged && (
          <button type="submit" className="button" disabled={isPending}>
            {isPending ? 'Applying…' : 'Apply'}
          </button>
        )}
      </div>
      <p
        id={`${id}-words`}
        className={wrong === undefined ? 'text-soft' : 'text-bad [overflow-wrap:anywhere]'}
        role={wrong === undefined ? undefined : 'alert'}
      >
        {wrong ?? children}
      </p>
    </form>
  );
}

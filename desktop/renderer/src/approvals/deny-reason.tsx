import { type FormEvent, type KeyboardEvent, useEffect, useId, useRef } from 'react';

interface Props {
  question: string;
  reason: string;
  onReason: (reason: string) => void;
  takeFocus: boolean;
  isSending: boolean;
  onDeny: () => void;
  onBack: () => void;
  /** What is pressed. */
  name: string;
}

/** A denial that Claude is told the reason of, so that it goes on in another way. */
export function DenyReason({
  reason,
  onReason,
  takeFocus,
  isSending,
  onDeny,
  onBack,
  name,
  question,
}: Props) {
  const id = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (takeFocus) field.current?.focus();
  }, [takeFocus]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onDeny();
  };
  const onKeyDown = (event: KeyboardEvent<HTMLFormElement>) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      event.currentTarget.requestSubmit();
    } else if (event.key === 'Escape') {
      event.preventDefault();
      onBack();
    }
  };
  return (
    <form onSubmit={submit} onKeyDown={onKeyDown} className="flex flex-col gap-2">
      <label htmlFor={id} className="font-medium">
        {question}
      </label>
      <textarea
        ref={field}
        id={id}
        className="field max-h-48 min-h-16 [field-sizing:content]"
        rows={2}
        maxLength={4_000}
        placeholder="Claude is told this and goes on"
        dir="auto"
        value={reason}
        onChange={(event) => onReason(event.target.value)}
      />
      <div className="flex flex-wrap gap-2">
        <button type="submit" className="button danger" aria-disabled={isSending}>
          {isSending ? 'Sending…' : reason.trim() === '' ? name : `${name} and tell Claude`}
        </button>
        <button type="button" className="button quiet" onClick={onBack}>
          Back
        </button>
      </div>
    </form>
  );
}

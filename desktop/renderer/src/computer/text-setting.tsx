import { type AppSettings, AppSettings as Schema } from '@agentfleet/bridge';
import { type FormEvent, type ReactNode, useEffect, useId, useState } from 'react';
import { useAppState, useSaveSettings } from './app-context.js';

type TextName = 'server' | 'name' | 'maxConcurrentRuns';

interface Props {
  name: TextName;
  label: string;
  /** Says what it is for, or warns. */
  children?: ReactNode;
  placeholder?: string;
  /** What stands there first; the setting where it is not given. */
  suggestion?: string | null;
  disabled?: boolean;
}

/** One setting that is typed: saved on Enter and when it is left, with what is wrong with it said beside it. */
export function TextSetting({ name, label, children, placeholder, suggestion, disabled = false }: Props) {
  const { settings } = useAppState();
  const saved = String(settings[name]);
  const [text, setText] = useState(suggestion ?? saved);
  const [problem, setProblem] = useState<string | null>(null);
  const save = useSaveSettings();
  const id = useId();
  // It changed elsewhere, or was saved in another spelling.
  useEffect(() => {
    if (!suggestion) setText(saved);
  }, [saved, suggestion]);

  const keep = (event?: FormEvent) => {
    event?.preventDefault();
    const parsed = parse(name, text);
    setProblem(parsed.problem);
    if (parsed.patch && String(parsed.patch[name]) !== saved) save.mutate(parsed.patch);
    else if (parsed.patch) setText(saved);
  };
  const wrong = problem ?? (save.error ? save.error.message : null);
  return (
    <form onSubmit={keep} className="flex flex-col gap-1">
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      <input
        id={id}
        className="field"
        inputMode={name === 'maxConcurrentRuns' ? 'numeric' : name === 'server' ? 'url' : 'text'}
        spellCheck={false}
        autoComplete="off"
        placeholder={placeholder}
        disabled={disabled}
        value={text}
        aria-invalid={wrong !== null}
        aria-describedby={`${id}-words`}
        onChange={(event) => {
          setText(event.target.value);
          setProblem(null);
          save.reset();
        }}
        onBlur={() => keep()}
      />
      <p
        id={`${id}-words`}
        className={wrong === null ? 'text-soft' : 'text-bad'}
        role={wrong === null ? undefined : 'alert'}
      >
        {wrong ?? children}
      </p>
    </form>
  );
}

function parse(name: TextName, text: string): { patch?: Partial<AppSettings>; problem: string | null } {
  const value = name === 'maxConcurrentRuns' ? Number(text) : text.trim();
  const parsed = Schema.shape[name].safeParse(value);
  if (parsed.success) return { patch: { [name]: parsed.data }, problem: null };
  const words = {
    server: 'An address such as https://your-host, without a name or password.',
    name: 'A name of 1 to 100 characters.',
    maxConcurrentRuns: 'A whole number from 1 to 256.',
  };
  return { problem: words[name] };
}

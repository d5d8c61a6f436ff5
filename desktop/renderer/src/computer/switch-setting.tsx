import type { AppSettings } from '@agentfleet/bridge';
import { ErrorNote } from '../ui/notes.js';
import { useApplySettings, useAppState } from './app-context.js';

type SwitchName = {
  [Name in Exclude<keyof AppSettings, 'approvals'>]: AppSettings[Name] extends boolean ? Name : never;
}[Exclude<keyof AppSettings, 'approvals'>];

/** One setting of the app that is on or off; it holds at once, for it touches no session. */
export function SwitchSetting({ name, label, words }: { name: SwitchName; label: string; words?: string }) {
  const on = useAppState().settings[name];
  const save = useApplySettings();
  return (
    <div>
      <Switch
        on={on}
        label={label}
        words={words}
        disabled={save.isPending}
        onChange={(next) => save.mutate({ [name]: next })}
      />
      <ErrorNote error={save.error} />
    </div>
  );
}

interface SwitchProps {
  on: boolean;
  label: string;
  words?: string | undefined;
  disabled: boolean;
  onChange: (on: boolean) => void;
}

export function Switch({ on, label, words, disabled, onChange }: SwitchProps) {
  return (
    <label className="flex items-start gap-2.5">
      <input
        type="checkbox"
        className="mt-1 shrink-0"
        checked={on}
        disabled={disabled}
        onChange={(event) => onChange(event.target.checked)}
      />
      <span>
        {label}
        {words && <span className="block text-soft">{words}</span>}
      </span>
    </label>
  );
}

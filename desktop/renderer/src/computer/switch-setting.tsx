import type { AppSettings } from '@agentfleet/bridge';
import { ErrorNote } from '../ui/notes.js';
import { useAppState, useSaveSettings } from './app-context.js';

type SwitchName = {
  [Name in keyof AppSettings]: AppSettings[Name] extends boolean ? Name : never;
}[keyof AppSettings];

/** One setting that is on or off; saved at once. */
export function SwitchSetting({ name, label, words }: { name: SwitchName; label: string; words?: string }) {
  const on = useAppState().settings[name];
  const save = useSaveSettings();
  return (
    <div>
      <label className="flex items-start gap-2.5">
        <input
          type="checkbox"
          className="mt-1 shrink-0"
          checked={on}
          disabled={save.isPending}
          onChange={(event) => save.mutate({ [name]: event.target.checked })}
        />
        <span>
          {label}
          {words && <span className="block text-soft">{words}</span>}
        </span>
      </label>
      <ErrorNote error={save.error} />
    </div>
  );
}

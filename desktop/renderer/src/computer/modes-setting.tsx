import { permissionModes as allModes, type PermissionMode } from '@agentfleet/contract';
import { useDraft } from './draft-context.js';

const words: Record<PermissionMode, string> = {
  default: 'asks before it changes anything',
  acceptEdits: 'creates, changes, moves and deletes files in its folder without asking',
  plan: 'reads and plans, changes nothing',
  bypassPermissions: 'does everything without asking, also outside of the folders; off until you turn it on',
};

/** What sessions on this computer may be allowed; the server cannot widen it. At least one stays. */
export function ModesSetting() {
  const { fields, choose, isPending } = useDraft();
  const { permissionModes } = fields;
  const toggle = (mode: PermissionMode) =>
    choose({
      permissionModes: allModes.filter((each) =>
        each === mode ? !permissionModes.includes(each) : permissionModes.includes(each),
      ),
    });
  return (
    <fieldset className="flex flex-col gap-1.5">
      <legend className="mb-1 font-medium">Permission modes sessions may ask for</legend>
      {allModes.map((mode) => {
        const on = permissionModes.includes(mode);
        return (
          <label key={mode} className="flex items-start gap-2.5">
            <input
              type="checkbox"
              className="mt-1 shrink-0"
              checked={on}
              disabled={isPending || (on && permissionModes.length === 1)}
              onChange={() => toggle(mode)}
            />
            <span>
              <code className="font-mono">{mode}</code> <span className="text-soft">{words[mode]}</span>
            </span>
          </label>
        );
      })}
    </fieldset>
  );
}

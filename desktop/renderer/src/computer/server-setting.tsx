import { isReadable } from '@agentfleet/bridge';
import { useDraft } from './draft-context.js';
import { TextSetting } from './text-setting.js';

/** Where the control API is. */
export function ServerSetting() {
  const { fields } = useDraft();
  return (
    <TextSetting name="server" label="Server address" placeholder="https://your-host">
      {isReadable(fields.server.trim()) ? (
        <span className="text-warn">
          What goes to this address can be read on the way. Use https:// where the server has it.
        </span>
      ) : (
        'Where your dashboard opens, e.g. fleet.example.com, or localhost:7373 for a server on this computer.'
      )}
    </TextSetting>
  );
}

import { useAppState } from './app-context.js';
import { TextSetting } from './text-setting.js';

/** Where the control API is. */
export function ServerSetting() {
  const { settings, suggestedServer } = useAppState();
  const isOpen = /^http:\/\/(?!localhost\b|127\.0\.0\.1\b|\[::1\])/i.test(settings.server);
  return (
    <TextSetting
      key={suggestedServer}
      name="server"
      label="Server address"
      placeholder="https://your-host"
      suggestion={suggestedServer}
    >
      {isOpen ? (
        <span className="text-warn">
          What goes to this address can be read on the way. Use https:// where the server has it.
        </span>
      ) : (
        'Where your dashboard opens, e.g. http://127.0.0.1:7373 for a server on this computer.'
      )}
    </TextSetting>
  );
}

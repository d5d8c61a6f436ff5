import { type KeyboardEvent, useState } from 'react';
import { ErrorNote } from '../ui/notes.js';
import { acceleratorOf, keysInWords } from './accelerator.js';
import { useApplySettings, useAppState } from './app-context.js';

/** The keys that open *New session* from any program: set by pressing them. */
export function QuickLaunchSetting() {
  const { settings, platform } = useAppState();
  const { quickLaunch } = settings;
  const [listens, setListens] = useState(false);
  const save = useApplySettings();
  const isMac = platform === 'darwin';
  const onKeyDown = (event: KeyboardEvent) => {
    if (!listens) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === 'Escape') return setListens(false);
    const keys = acceleratorOf(event, isMac);
    if (keys === undefined) return;
    setListens(false);
    save.mutate({ quickLaunch: keys });
  };
  return (
    <div className="flex flex-col gap-1.5">
      <h3 className="font-medium">Keys for a new session</h3>
      <p className="text-soft">
        They open it while any program is in front: two of{' '}
        {isMac ? '⌃, ⌥, ⇧ and ⌘' : 'Ctrl, Alt, Shift and Super'}, and a key.
      </p>
      <div className="flex flex-wrap items-center gap-2">
        {quickLaunch !== '' && !listens && <kbd>{keysInWords(quickLaunch, isMac)}</kbd>}
        <button
          type="button"
          className="button"
          onClick={() => {
            save.reset();
            setListens(true);
          }}
          onKeyDown={onKeyDown}
          onBlur={() => setListens(false)}
        >
          {listens ? 'Press the keys, or Esc…' : quickLaunch === '' ? 'Set keys…' : 'Set others…'}
        </button>
        {quickLaunch !== '' && !listens && (
          <button type="button" className="button" onClick={() => save.mutate({ quickLaunch: '' })}>
            None
          </button>
        )}
      </div>
      <ErrorNote error={save.error} />
    </div>
  );
}

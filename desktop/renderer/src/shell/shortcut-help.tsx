import { Modal } from '../ui/modal.js';
import { useShortcutGroups } from '../ui/shortcut-list.js';
import { paletteKey } from './use-palette-key.js';

/** Every key that does something on the screen behind it. */
export default function ShortcutHelp({ onClose }: { onClose: () => void }) {
  const groups = useShortcutGroups();
  const everywhere = { keys: paletteKey, does: 'Search and commands' };
  return (
    <Modal title="Keyboard shortcuts" onClose={onClose} wide>
      <div className="grid gap-x-10 gap-y-5 sm:grid-cols-2">
        {groups.map(({ group, shortcuts }) => (
          <section key={group} className="flex flex-col">
            <h3 className="mb-1 font-medium text-soft">{group}</h3>
            <dl>
              {(group === 'Everywhere' ? [everywhere, ...shortcuts] : shortcuts).map(({ keys, does }) => (
                <div
                  key={keys}
                  className="flex items-center gap-3 border-line border-b py-1.5 last:border-b-0"
                >
                  <dt className="order-2 ml-auto flex gap-1">
                    {keys.split(' ').map((key) => (
                      <kbd key={key}>{names[key] ?? key}</kbd>
                    ))}
                  </dt>
                  <dd>{does}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Modal>
  );
}

const names: Record<string, string> = {
  ArrowDown: '↓',
  ArrowUp: '↑',
  ArrowLeft: '←',
  ArrowRight: '→',
  Escape: 'Esc',
};

import { Menu } from '@base-ui/react/menu';
import { Code, FolderOpen, FolderSearch, type LucideIcon, SquareTerminal } from 'lucide-react';
import { type OpenHow, useComputerOf } from '../base/app-extras.js';

interface Props {
  /** Of the session: the menu is there only where that is the computer one sits at. */
  runnerId: string | null;
  path: string;
  /** What the button is called. */
  name: string;
  isFolder?: boolean;
  isSmall?: boolean;
}

const ways: readonly { how: OpenHow; name: string; icon: LucideIcon }[] = [
  { how: 'terminal', name: 'Open in terminal', icon: SquareTerminal },
  { how: 'editor', name: 'Open in editor', icon: Code },
  { how: 'reveal', name: 'Reveal', icon: FolderSearch },
];

/** Opens a folder or a file of a session that ran on this computer. */
export function OpenMenu({ runnerId, path, name, isFolder = false, isSmall = false }: Props) {
  const computer = useComputerOf(runnerId);
  if (!computer) return null;
  return (
    <Menu.Root>
      <Menu.Trigger
        className={`button quiet icon ${isSmall ? '!min-h-6 !w-6' : ''}`}
        aria-label={name}
        title={name}
      >
        <FolderOpen aria-hidden="true" size={isSmall ? 14 : 16} />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner className="z-30" align="end" sideOffset={4}>
          <Menu.Popup className="popup w-52 py-1.5">
            {ways
              .filter(({ how }) => isFolder || how !== 'terminal')
              .map(({ how, name, icon: Icon }) => (
                <Menu.Item key={how} className="menu-item" onClick={() => computer.open(path, how)}>
                  <Icon aria-hidden="true" size={15} />
                  {name}
                </Menu.Item>
              ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

import { Menu } from '@base-ui/react/menu';
import { Braces, Copy, Link as LinkIcon } from 'lucide-react';
import type { Item } from '../conversation/items.js';
import type { Place } from '../conversation/thread-log.js';

export interface ItemActions {
  copy(item: Item): void;
  copyLink(place: Place): void;
  showRaw(item: Item, place: Place): void;
}

interface Props {
  item: Item;
  place: Place;
  /** The button it belongs to. */
  at: HTMLElement;
  actions: ItemActions;
  onClose: () => void;
}

/** What can be done with one line of the conversation. */
export function ItemMenu({ item, place, at, actions, onClose }: Props) {
  return (
    <Menu.Root open onOpenChange={(open) => !open && onClose()}>
      <Menu.Portal>
        <Menu.Positioner className="z-30" anchor={at} align="end" sideOffset={4}>
          <Menu.Popup className="popup w-52 py-1.5" finalFocus={{ current: at }}>
            <Menu.Item className="menu-item" onClick={() => actions.copy(item)}>
              <Copy aria-hidden="true" size={15} />
              Copy as markdown
              <kbd className="ml-auto">c</kbd>
            </Menu.Item>
            <Menu.Item className="menu-item" onClick={() => actions.copyLink(place)}>
              <LinkIcon aria-hidden="true" size={15} />
              Copy link to it
              <kbd className="ml-auto">l</kbd>
            </Menu.Item>
            <Menu.Item className="menu-item" onClick={() => actions.showRaw(item, place)}>
              <Braces aria-hidden="true" size={15} />
              Raw JSON
              <kbd className="ml-auto">r</kbd>
            </Menu.Item>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

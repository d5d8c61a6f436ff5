import { Menu } from '@base-ui/react/menu';
import { BookOpen, CircleUser, Keyboard, LogOut, SunMoon } from 'lucide-react';
import type { ReactNode } from 'react';
import { useLocation } from 'wouter';
import { useAppExtras } from '../base/app-extras.js';
import { useSignedIn } from '../base/signed-in.js';
import { useTransport } from '../base/transport-context.js';
import { Seen } from '../ui/seen.js';

interface Props {
  onSignOut: (() => void) | undefined;
  onHelp: () => void;
}

/** Who is signed in, help, and the way out. */
export function AccountMenu({ onSignOut, onHelp }: Props) {
  const { org, key } = useSignedIn();
  const [, navigate] = useLocation();
  const { inMenu } = useAppExtras();
  const transport = useTransport();
  return (
    <Menu.Root>
      <Menu.Trigger className="button quiet icon max-sm:!w-8" aria-label="Account and appearance">
        <CircleUser aria-hidden="true" size={18} />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner className="z-30" align="end" sideOffset={4}>
          <Menu.Popup className="popup w-64 py-1.5">
            <div className="px-3 pt-1 pb-2.5">
              <p className="truncate font-medium">
                <Seen text={org.name} />
              </p>
              <p className="truncate text-soft">
                <Seen text={key.name} /> · <code className="font-mono text-[12px]">…{key.lastFour}</code>
              </p>
            </div>
            <Line />
            <Menu.Item className="menu-item" onClick={() => navigate('/settings/appearance')}>
              <SunMoon aria-hidden="true" size={16} />
              Appearance
            </Menu.Item>
            <Menu.Item className="menu-item" onClick={onHelp}>
              <Keyboard aria-hidden="true" size={16} />
              Keyboard shortcuts
              <kbd className="ml-auto">?</kbd>
            </Menu.Item>
            <Menu.LinkItem
              className="menu-item"
              href={`${transport.serverUrl()}/docs`}
              target="_blank"
              rel="noopener"
            >
              <BookOpen aria-hidden="true" size={16} />
              API reference
            </Menu.LinkItem>
            {inMenu.length > 0 && <Line />}
            {inMenu.map(({ id, name, keys, icon: Icon, run }) => (
              <Menu.Item key={id} className="menu-item" onClick={run}>
                <Icon aria-hidden="true" size={16} />
                {name}
                {keys && <kbd className="ml-auto">{keys}</kbd>}
              </Menu.Item>
            ))}
            {onSignOut && (
              <>
                <Line />
                <Menu.Item className="menu-item" onClick={onSignOut}>
                  <LogOut aria-hidden="true" size={16} />
                  <Words name="Sign out">Ends every browser session of this key</Words>
                </Menu.Item>
              </>
            )}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

function Line() {
  return <Menu.Separator className="my-1.5 h-px bg-line" />;
}

function Words({ name, children }: { name: string; children: ReactNode }) {
  return (
    <span className="flex flex-col">
      {name}
      <span className="text-[12px] text-soft">{children}</span>
    </span>
  );
}

import { Menu } from '@base-ui/react/menu';
import { BookOpen, Check, CircleUser, Keyboard, LogOut } from 'lucide-react';
import type { ReactNode } from 'react';
import { chooseTheme, type ThemeChoice, useTheme } from '../ui/theme.js';
import { useSignedIn } from './signed-in.js';
import { useTransport } from './transport-context.js';

const themes: Record<ThemeChoice, string> = { system: 'As the system', light: 'Light', dark: 'Dark' };

interface Props {
  onSignOut: (() => void) | undefined;
  onHelp: () => void;
}

/** Who is signed in, the colours, help, and the way out. */
export function AccountMenu({ onSignOut, onHelp }: Props) {
  const { org, key } = useSignedIn();
  const [theme] = useTheme();
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
              <p className="truncate font-medium">{org.name}</p>
              <p className="truncate text-soft">
                {key.name} · <code className="font-mono text-[12px]">…{key.lastFour}</code>
              </p>
            </div>
            <Line />
            <Menu.Group>
              <Menu.GroupLabel className="px-3 pt-1.5 pb-1 text-[12px] text-soft">Theme</Menu.GroupLabel>
              <Menu.RadioGroup value={theme} onValueChange={(value: ThemeChoice) => chooseTheme(value)}>
                {(Object.keys(themes) as ThemeChoice[]).map((option) => (
                  <Menu.RadioItem key={option} value={option} className="menu-item" closeOnClick={false}>
                    <span className="flex w-4 justify-center">
                      <Menu.RadioItemIndicator>
                        <Check aria-hidden="true" size={15} />
                      </Menu.RadioItemIndicator>
                    </span>
                    {themes[option]}
                  </Menu.RadioItem>
                ))}
              </Menu.RadioGroup>
            </Menu.Group>
            <Line />
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

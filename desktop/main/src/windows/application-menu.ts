import type { MenuItemConstructorOptions } from 'electron';

/** What a line of the menu asks for. */
export type MenuAction =
  | { type: 'open'; path: string }
  | { type: 'reference' | 'log' | 'copy-diagnostics' | 'about' | 'quit' };

export interface MenuOptions {
  platform: NodeJS.Platform;
  /** Developer tools are for those who run it from source. */
  isPackaged: boolean;
  act(action: MenuAction): void;
}

const separator: MenuItemConstructorOptions = { type: 'separator' };

/** The menu behind the usual shortcuts; on macOS it is also seen, elsewhere Alt shows it. */
export function applicationMenu({ platform, isPackaged, act }: MenuOptions): MenuItemConstructorOptions[] {
  const line = (label: string, action: MenuAction, accelerator?: string): MenuItemConstructorOptions => ({
    label,
    click: () => act(action),
    ...(accelerator !== undefined && { accelerator }),
  });
  const about = line('About AgentFleet', { type: 'about' });
  const settings = line('Settings…', { type: 'open', path: '/computer' }, 'CommandOrControl+,');
  const quit = line('Quit AgentFleet', { type: 'quit' }, 'CommandOrControl+Q');
  const isMac = platform === 'darwin';
  const hiding: MenuItemConstructorOptions[] = [
    { role: 'services' },
    separator,
    { role: 'hide' },
    { role: 'hideOthers' },
    { role: 'unhide' },
  ];
  return [
    ...(isMac
      ? [
          {
            label: 'AgentFleet',
            submenu: [about, separator, settings, separator, ...hiding, separator, quit],
          },
        ]
      : []),
    {
      label: '&File',
      submenu: [
        line('New session', { type: 'open', path: '/sessions/new' }, 'CommandOrControl+N'),
        ...(isMac ? [] : [settings]),
        separator,
        { role: 'close' },
        ...(isMac ? [] : [quit]),
      ],
    },
    { role: 'editMenu' },
    {
      label: '&View',
      submenu: [
        { role: 'reload' },
        separator,
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        // Where the plus is above the equals sign people press it without Shift.
        { role: 'zoomIn', accelerator: 'CommandOrControl+=', visible: false },
        { role: 'zoomOut' },
        separator,
        { role: 'togglefullscreen' },
        ...(isPackaged ? [] : [{ role: 'toggleDevTools' as const }]),
      ],
    },
    { role: 'windowMenu' },
    {
      role: 'help',
      submenu: [
        line('Check this computer', { type: 'open', path: '/computer' }),
        line('API reference', { type: 'reference' }),
        separator,
        line('Show the log', { type: 'log' }),
        line('Copy diagnostics', { type: 'copy-diagnostics' }),
        ...(isMac ? [] : [separator, about]),
      ],
    },
  ];
}

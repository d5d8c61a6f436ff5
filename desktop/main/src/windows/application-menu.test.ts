import type { MenuItemConstructorOptions } from 'electron';
import { expect, test } from 'vitest';
import { applicationMenu, type MenuAction } from './application-menu.js';

function linesOf(platform: NodeJS.Platform, act: (action: MenuAction) => void = () => undefined) {
  const flatten = (items: MenuItemConstructorOptions[]): MenuItemConstructorOptions[] =>
    items.flatMap((item) => [item, ...(Array.isArray(item.submenu) ? flatten(item.submenu) : [])]);
  return flatten(applicationMenu({ platform, isPackaged: true, act }));
}

test.each(['linux', 'win32', 'darwin'] as const)('on %s the menu quits, by the usual keys', (platform) => {
  const asked: MenuAction[] = [];
  const quits = linesOf(platform, (action) => asked.push(action)).filter(({ label }) =>
    /Quit/.test(label ?? ''),
  );
  expect(quits).toMatchObject([{ accelerator: 'CommandOrControl+Q' }]);
  const click = quits[0]?.click as (() => void) | undefined;
  click?.();
  expect(asked).toEqual([{ type: 'quit' }]);
});

test.each(['linux', 'win32', 'darwin'] as const)(
  'on %s the menu has settings, help, versions and diagnostics, each once',
  (platform) => {
    const labels = linesOf(platform).map(({ label }) => label);
    for (const label of [
      'Settings…',
      'About AgentFleet',
      'Copy diagnostics',
      'Show the log',
      'New session',
    ]) {
      expect(labels.filter((each) => each === label)).toEqual([label]);
    }
  },
);

test('macOS finds what belongs to the app in the menu of its name, and hides it there', () => {
  const [first] = applicationMenu({ platform: 'darwin', isPackaged: true, act: () => undefined });
  const items = first?.submenu as MenuItemConstructorOptions[];
  expect(first?.label).toBe('AgentFleet');
  expect(items.flatMap(({ role }) => role ?? [])).toEqual(['services', 'hide', 'hideOthers', 'unhide']);
  expect(items[0]?.label).toBe('About AgentFleet');
});

test('an installed app has no developer tools in its menu', () => {
  const roles = (isPackaged: boolean) =>
    JSON.stringify(applicationMenu({ platform: 'linux', isPackaged, act: () => undefined }));
  expect(roles(true)).not.toContain('toggleDevTools');
  expect(roles(false)).toContain('toggleDevTools');
});

import { theHost } from './host.js';
import type { Session } from './session.js';

/** Permissions as Chromium calls them, and as Electron asks for them. */
const names = {
  notifications: 'notifications',
  geolocation: 'geolocation',
  midi: 'midi',
  'clipboard-read': 'clipboard-read',
  'clipboard-write': 'clipboard-sanitized-write',
} as const;

/** Gives the pages what the app's handlers give them. One browser has one session here, so the last page decides. */
export async function applyPermissions(session: Session): Promise<void> {
  await Promise.all(
    Object.entries(names).map(async ([name, asked]) => {
      const setting = (await session.gives(asked)) ? 'granted' : 'denied';
      await theHost().cdp.send('Browser.setPermission', { permission: { name }, setting });
    }),
  );
}

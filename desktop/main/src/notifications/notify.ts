import { Notification } from 'electron';
import type { Announcement } from './decide.js';

/** Notifications that are shown: one without a reference would lose its click. */
const shown = new Set<Notification>();

/** Shows a notification of the system's; a click on it calls back. @returns whether there are any on this desktop */
export function notify({ title, body }: Announcement, onClick: () => void): boolean {
  if (!Notification.isSupported()) return false;
  const notification = new Notification({ title, body });
  shown.add(notification);
  notification.on('click', onClick);
  for (const end of ['click', 'close', 'failed'] as const) {
    // The overloads of `on` take one name each.
    (notification.on as (name: string, listener: () => void) => void)(end, () => shown.delete(notification));
  }
  notification.show();
  return true;
}

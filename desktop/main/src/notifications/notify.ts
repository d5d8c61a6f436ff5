import { Notification } from 'electron';
import type { Announcement } from './decide.js';

/** Notifications that are shown: one without a reference would lose its click. */
const shown = new Set<Notification>();

/** Shows a notification of the system's; a click on it calls back. */
export function notify({ title, body }: Announcement, onClick: () => void): void {
  if (!Notification.isSupported()) return;
  const notification = new Notification({ title, body });
  shown.add(notification);
  notification.on('click', onClick);
  for (const end of ['click', 'close', 'failed'] as const) {
    // The overloads of `on` take one name each.
    (notification.on as (name: string, listener: () => void) => void)(end, () => shown.delete(notification));
  }
  notification.show();
}

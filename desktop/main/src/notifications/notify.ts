import { Notification } from 'electron';
import type { Announcement } from './decide.js';
import { withoutMarkup } from './without-markup.js';

/** Notifications that are shown: one without a reference would lose its click. */
const shown = new Set<Notification>();

export interface Answers {
  click(): void;
  /** Where it can be answered: buttons, where the system has them. */
  answer?: (allow: boolean) => void;
}

const buttons = ['Allow', 'Deny'] as const;

/**
 * Shows a notification of the system's. What waits for a person stays until they come.
 * @returns undefined where there are none on this desktop
 */
export function notify(
  { kind, title, body }: Pick<Announcement, 'kind' | 'title' | 'body'>,
  { click, answer }: Answers,
): Notification | undefined {
  if (!Notification.isSupported()) return undefined;
  const notification = new Notification({
    title,
    body: process.platform === 'linux' ? withoutMarkup(body) : body,
    ...(kind === 'waiting' && { urgency: 'critical' as const, timeoutType: 'never' as const }),
    ...(answer && { actions: buttons.map((text) => ({ type: 'button' as const, text })) }),
  });
  shown.add(notification);
  const on = notification.on.bind(notification) as (
    name: string,
    listener: (...told: unknown[]) => void,
  ) => void;
  on('click', click);
  // Newer Electrons tell the button in the event, older ones beside it.
  on('action', (event, index) => {
    const { actionIndex = index } = event as { actionIndex?: unknown };
    if (actionIndex === 0 || actionIndex === 1) answer?.(actionIndex === 0);
  });
  for (const end of ['click', 'action', 'close', 'failed']) on(end, () => shown.delete(notification));
  notification.show();
  return notification;
}

import type { Notification } from 'electron';
import type { Announcement } from './decide.js';
import { Gathering } from './gathering.js';
import { notify } from './notify.js';

export interface NotifierOptions {
  open(path: string): void;
  /** Somebody pressed a button of a notification. */
  answer(asked: { runId: string; requestId: string }, allow: boolean): void;
}

/** What the app tells the person by the system: what waits for them apart from the rest, each gathered. */
export class Notifier {
  readonly #options: NotifierOptions;
  readonly #waiting: Gathering;
  readonly #rest: Gathering;
  /** Shown about what waits, with what it is about. */
  readonly #shown = new Map<Notification, Announcement>();

  constructor(options: NotifierOptions) {
    this.#options = options;
    this.#waiting = new Gathering((each) => this.#show(each));
    this.#rest = new Gathering((each) => this.#show(each));
  }

  announce(announcement: Announcement | undefined): void {
    if (!announcement) return;
    (announcement.kind === 'waiting' ? this.#waiting : this.#rest).announce(announcement);
  }

  /** Takes back what is said of waiting that is over. @param waits the sessions that wait */
  settle(waits: ReadonlySet<string>): void {
    const isOver = ({ path }: Announcement) =>
      waits.size === 0 || (path !== '/sessions' && !waits.has(path.replace('/sessions/', '')));
    this.#waiting.withdraw(isOver);
    for (const [notification, announcement] of this.#shown) {
      if (!isOver(announcement)) continue;
      this.#shown.delete(notification);
      notification.close();
    }
  }

  #show(announcement: Announcement): void {
    const { open, answer } = this.#options;
    const { answers, path } = announcement;
    const notification = notify(announcement, {
      click: () => open(path),
      ...(answers && { answer: (allow: boolean) => answer(answers, allow) }),
    });
    if (announcement.kind === 'waiting' && notification) this.#shown.set(notification, announcement);
  }
}

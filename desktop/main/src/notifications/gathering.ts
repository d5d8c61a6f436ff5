import type { Announcement, AnnouncementKind } from './decide.js';

/** How long after one notification the next is kept back at least and at most, ms: the more there is to say, the longer. */
const shortestMs = 3_000;
const longestMs = 60_000;
/** Titles of sessions in a notification about several. */
const mostTitles = 3;

/**
 * Keeps a desk from being buried: what is alone is shown at once; what follows closely is shown together, and the longer it
 * goes on, the more of it together.
 */
export class Gathering {
  readonly #show: (announcement: Announcement) => void;
  #kept: Announcement[] = [];
  #restMs = shortestMs;
  #resting: NodeJS.Timeout | undefined;

  constructor(show: (announcement: Announcement) => void) {
    this.#show = show;
  }

  announce(announcement: Announcement): void {
    this.#kept.push(announcement);
    if (!this.#resting) this.#tell();
  }

  /** What no longer has to be said is left out. */
  withdraw(isOver: (announcement: Announcement) => boolean): void {
    this.#kept = this.#kept.filter((each) => !isOver(each));
  }

  #tell(): void {
    this.#resting = undefined;
    const announcement = together(this.#kept);
    if (!announcement) {
      this.#restMs = shortestMs;
      return;
    }
    this.#restMs = Math.min(this.#kept.length > 1 ? this.#restMs * 2 : shortestMs, longestMs);
    this.#kept = [];
    this.#show(announcement);
    this.#resting = setTimeout(() => this.#tell(), this.#restMs);
    this.#resting.unref();
  }
}

const several: Record<AnnouncementKind, (count: number) => string> = {
  waiting: (count) => `${count} waiting for your approval`,
  finished: (count) => `${count} finished`,
  failed: (count) => `${count} failed`,
  word: (count) => `${count} words about this computer`,
};
/** What needs a person first. */
const order: readonly AnnouncementKind[] = ['waiting', 'failed', 'word', 'finished'];

/** One announcement about several, the most important first; undefined for none. */
export function together(announcements: readonly Announcement[]): Announcement | undefined {
  const [first, ...others] = announcements;
  if (!first || others.length === 0) return first;
  const kinds = order.flatMap((kind) => {
    const some = announcements.filter((each) => each.kind === kind);
    return some.length === 0 ? [] : [{ kind, some }];
  });
  const title = kinds.map(({ kind, some }) => several[kind](some.length)).join(', ');
  const sorted = kinds.flatMap(({ some }) => some);
  const lines = sorted.slice(0, mostTitles).map(({ body }) => body.replace(/\n/g, ' · '));
  const more = sorted.length - lines.length;
  if (more > 0) lines.push(`and ${more} more`);
  const paths = new Set(announcements.map(({ path }) => path));
  const path = paths.size === 1 ? first.path : '/sessions';
  return { kind: kinds[0]?.kind ?? first.kind, title: `Sessions: ${title}`, body: lines.join('\n'), path };
}

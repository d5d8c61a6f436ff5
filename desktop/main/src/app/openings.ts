import type { EventEmitter } from 'node:events';
import type { App } from 'electron';
import { deepLinkIn } from '../deep-links/deep-link.js';

/** Why the app is to come to the front: a link, or nothing but another start (undefined). */
export type Opening = string | undefined;

/**
 * Hears of links and of second starts from the very beginning: macOS hands over the link that an app is started with
 * before the app is ready, and a second start may come while the first one still begins.
 */
export class Openings {
  #waiting: Opening[] = [];
  #follow: ((opening: Opening) => void) | undefined;

  /** @param args of this process: Windows and Linux hand over a link that way */
  constructor(app: Pick<App, 'on'> | EventEmitter, args: readonly string[]) {
    const link = deepLinkIn(args);
    if (link !== undefined) this.#waiting.push(link);
    const events = app as EventEmitter;
    events.on('open-url', (event: { preventDefault(): void }, url: string) => {
      event.preventDefault();
      this.#hear(url);
    });
    events.on('second-instance', (_event: unknown, words: string[]) => this.#hear(deepLinkIn(words)));
  }

  /** Hands over what has come, and from now on what comes. @returns whether there was something */
  start(follow: (opening: Opening) => void): boolean {
    this.#follow = follow;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const opening of waiting) follow(opening);
    return waiting.length > 0;
  }

  #hear(opening: Opening): void {
    if (this.#follow) this.#follow(opening);
    else this.#waiting.push(opening);
  }
}

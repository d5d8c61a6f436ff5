import { EventEmitter } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Room } from '@agentfleet/runner-core';
import type { App } from 'electron';

/** How often the disk is looked at, ms. */
const lookMs = 30_000;

/** The folder of the app's settings and log, and whether anything can be kept there. */
export class AppHome extends EventEmitter<{ changed: [] }> {
  readonly path: string;
  readonly #room: Room;
  #why: string | undefined;

  constructor(path: string) {
    super();
    this.path = path;
    this.#room = new Room(path);
    this.#why = this.#room.look();
  }

  /** A sentence for a person; undefined while all is well. */
  get trouble(): string | undefined {
    return this.#why && `${this.#why} The app’s settings and its log cannot be kept there.`;
  }

  /** Looks from now on whether that changes. */
  watch(): void {
    setInterval(() => this.look(), lookMs).unref();
  }

  look(): void {
    const why = this.#room.look();
    if (why === this.#why) return;
    this.#why = why;
    this.emit('changed');
  }
}

/**
 * One app per user: undefined when this is a second start, which has handed over what it was started with. Where the folder
 * takes no lock there is no telling: then the app starts, with a folder for the browser's own files that ends with it, and
 * says what is wrong. Throws when there is not even that.
 */
export function lockApp(
  app: Pick<App, 'getPath' | 'setPath' | 'requestSingleInstanceLock'>,
): AppHome | undefined {
  const path = app.getPath('userData');
  if (app.requestSingleInstanceLock()) return new AppHome(path);
  const home = new AppHome(path);
  if (home.trouble === undefined) return undefined;
  app.setPath('userData', mkdtempSync(join(tmpdir(), 'agentfleet-')));
  if (!app.requestSingleInstanceLock()) throw new Error(home.trouble);
  return home;
}

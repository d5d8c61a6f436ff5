import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type RunnerPause, Timestamp } from '@agentfleet/contract';
import * as z from 'zod';
import type { ControlPlane } from './control-plane/client.js';
import { writeWhole } from './whole-file.js';

/** What the person at the machine wants and the server has not taken yet. */
const Wish = z.object({ paused: z.boolean(), at: Timestamp, until: Timestamp.nullable() });
type Wish = z.infer<typeof Wish>;

/**
 * The one pause of a runner: the server's, of which the runner is told. What the person at the machine wants goes there; until
 * it is there, and for good with a server that does not tell of pauses, it is kept on the disk and holds by itself.
 */
export class Pausing {
  readonly #path: string;
  readonly #changed: (pause: RunnerPause | null) => void;
  /** As it was said last. */
  #said: RunnerPause | null = null;
  /** As the server told last; undefined while it has told nothing. */
  #told: RunnerPause | null | undefined;
  #wish: Wish | undefined;

  /** @param changed told how it is whenever that is another than before */
  constructor(runnerDir: string, changed: (pause: RunnerPause | null) => void) {
    this.#path = join(runnerDir, 'pause.json');
    this.#changed = changed;
  }

  /** Takes up what an earlier start of this runner could not deliver. */
  restore(): void {
    try {
      this.#wish ??= Wish.parse(JSON.parse(readFileSync(this.#path, 'utf8')));
    } catch {
      // There is none, or it cannot be read: then the server's holds.
    }
    if (this.#wish) this.#keep();
    this.#say();
  }

  /** Null while it takes runs. */
  get now(): RunnerPause | null {
    const wish = this.#open;
    if (!wish) return this.#told ?? null;
    return wish.paused ? { at: wish.at, by: null, atMachine: true, until: wish.until, note: null } : null;
  }

  /** Whether the runner itself has to take nothing: the server does not know of this pause. */
  get isOwnAlone(): boolean {
    return this.#open?.paused ?? false;
  }

  /** What a claim says; nothing to a server that has told of no pause. */
  get said(): { pausedAt?: string | null } {
    return this.#told === undefined ? {} : { pausedAt: this.#told?.at ?? null };
  }

  /** @param forSec after how long it takes runs again by itself, s; null: when it is resumed */
  wish(paused: boolean, forSec: number | null = null): void {
    const now = Date.now();
    const until = forSec === null ? null : new Date(now + forSec * 1_000).toISOString();
    this.#wish = { paused, at: new Date(now).toISOString(), until };
    // Where no server has told of a pause there is none but this one.
    if (!paused && this.#told === undefined) this.#drop();
    else this.#keep();
    this.#say();
  }

  /** @param pause undefined: an older server, which tells of none */
  told(pause: RunnerPause | null | undefined): void {
    this.#told = pause;
    this.#say();
  }

  /** A pause that no server knows of ends here when its time is over. @returns whether it has just ended */
  endsNow(): boolean {
    const ends = this.#said?.atMachine === true && this.now === null;
    this.#say();
    return ends;
  }

  /** Says what is wanted to a server that takes it. Throws ControlPlaneError. */
  async deliver(server: ControlPlane, runnerId: string, signal: AbortSignal): Promise<void> {
    const wish = this.#open;
    if (!wish || this.#told === undefined) return;
    const { paused, at, until } = wish;
    // Never for longer than was meant: the clock of this machine may have been put back since.
    const leftMs = until === null ? null : Date.parse(until) - Math.max(Date.now(), Date.parse(at));
    const forSec = leftMs === null ? null : Math.max(1, Math.ceil(leftMs / 1_000));
    const answer = await server.call('pauseOwn', { id: runnerId, body: { paused, forSec }, signal });
    this.#told = answer.pause;
    // Somebody may have changed their mind meanwhile.
    if (this.#wish === wish) this.#drop();
    this.#say();
  }

  #say(): void {
    const pause = this.now;
    if (isDeepStrictEqual(pause, this.#said)) return;
    this.#said = pause;
    this.#changed(pause);
  }

  /** The wish, unless its time is over. */
  get #open(): Wish | undefined {
    const until = this.#wish?.until ?? null;
    if (until !== null && Date.parse(until) <= Date.now()) this.#drop();
    return this.#wish;
  }

  #drop(): void {
    this.#wish = undefined;
    rmSync(this.#path, { force: true });
  }

  /** On a disk that takes nothing it holds until this process ends. */
  #keep(): void {
    try {
      writeWhole(this.#path, `${JSON.stringify(this.#wish)}\n`);
    } catch {}
  }
}

import type { SendPartial, SentPartial } from '@agentfleet/contract';
import type { Database } from '../db/database.js';
import { notFound } from '../errors.js';
import { every, type Repeated } from '../every.js';
import { staleAttempt } from '../queue/finish.js';
import { together } from '../together.js';
import { Gossip, type Have } from './gossip.js';
import { type LiveText, LiveTexts, type Piece } from './live-texts.js';
import { type AskedRun, askRuns, type WatchedRun, watchRuns } from './sql/partial-runs.js';

/** How long a run counts as watched after its viewers were last seen, and how often they are, ms. */
const watchedMs = 15_000;
const renewMs = 5_000;
/** How long a text that nobody here watches is kept for one who may come, ms. */
const stillMs = 30_000;
/** Least time between two requests for what is missing, ms. */
const askMs = 250;

interface Asked {
  orgId: string;
  runId: string;
  token: string;
  byRunner: string | null;
}

/**
 * Text while it is produced: from a runner's pieces to whoever watches, in memory alone. That a run is watched stands
 * in its row for a few seconds at a time (`watched_until`), where the runner's heartbeat and claim read it: an
 * unwatched run sends nothing.
 *
 * The pieces of a run arrive at one server, its viewers may be at another. Who has viewers says so to the others every
 * few seconds; whoever gets pieces of that run passes them on. Any of it may be lost: a server that misses something
 * asks again, and the event brings the whole text in the end.
 */
export class Partials {
  readonly #database: Database;
  readonly #texts = new LiveTexts();
  /** Who watches here, by run. */
  readonly #viewers = new Map<string, Set<() => void>>();
  /** Until when runs are watched at other servers, by the monotonic clock, ms. */
  readonly #elsewhere = new Map<string, number>();
  /** Runs whose text was asked for just now, and whether it has to be asked for again. */
  readonly #asked = new Map<string, { again: boolean }>();
  readonly #gossip: Gossip;
  readonly #ask: (asked: Asked) => Promise<AskedRun | undefined>;
  readonly #renewing: Repeated;

  constructor(database: Database) {
    this.#database = database;
    this.#ask = together({ most: 100 }, (asked) => this.#askAll(asked));
    this.#gossip = new Gossip(database.wakeups, {
      piece: (runId, piece) => this.#hear(runId, piece),
      watching: (runId, has) => this.#answer(runId, has),
    });
    this.#renewing = every(renewMs, () => this.#tick());
  }

  /**
   * Takes a runner's piece. Throws STALE_ATTEMPT, and NOT_FOUND for a run that the org does not have.
   * @param byRunner the runner that a credential speaks for: runs that it has not are NOT_FOUND too
   */
  async take(
    orgId: string,
    runId: string,
    { token, ...piece }: SendPartial,
    byRunner: string | null = null,
  ): Promise<SentPartial> {
    const run = await this.#ask({ orgId, runId, token, byRunner });
    if (!run) throw notFound('run');
    if (!run.held) throw staleAttempt();
    const before = this.#haveOf(runId);
    const { have, grew } = this.#texts.add(runId, { ...piece, attempt: run.attempt });
    if (grew) {
      this.#ring(runId);
      const text = this.#texts.get(runId);
      const known = text && before.attempt === text.attempt && before.block === text.block ? before.have : 0;
      if (text && this.#isWatchedElsewhere(runId)) this.#gossip.say(runId, text, known);
    }
    return { watched: run.watched, have };
  }

  /**
   * From now on the run is watched; `changed` is called when its text has grown or is another one.
   * @returns the way to the text of the moment, and a function that stops watching
   */
  watch(runId: string, changed: () => void): { text: () => LiveText | undefined; stop: () => void } {
    const viewers = this.#viewers.get(runId) ?? new Set();
    viewers.add(changed);
    this.#viewers.set(runId, viewers);
    if (viewers.size === 1) void this.#renew([runId]);
    return {
      text: () => this.#texts.get(runId),
      stop: () => {
        viewers.delete(changed);
        if (viewers.size === 0 && this.#viewers.get(runId) === viewers) this.#viewers.delete(runId);
      },
    };
  }

  close(): void {
    void this.#renewing.stop();
    this.#gossip.stop();
  }

  async #askAll(asked: Asked[]): Promise<(AskedRun | undefined)[]> {
    const rows = await this.#database.query<AskedRun>(askRuns, [
      asked.map(({ runId }) => runId),
      asked.map(({ orgId }) => orgId),
      asked.map(({ token }) => token),
      asked.map(({ byRunner }) => byRunner),
    ]);
    const byPlace = new Map(rows.map((row) => [row.place, row]));
    return asked.map((_asked, index) => byPlace.get(index + 1));
  }

  /** Says here and elsewhere that runs are watched; their runners hear of it at once. */
  async #renew(runIds: string[]): Promise<void> {
    for (const runId of runIds) this.#askOthers(runId);
    try {
      const rows = await this.#database.query<WatchedRun>(watchRuns, [runIds, watchedMs]);
      for (const { runnerId, already } of rows) {
        if (runnerId !== null && !already) this.#database.wakeups.wake(`runner:${runnerId}`);
      }
    } catch {
      // The next time will do: until then the text is not seen before it is whole.
    }
  }

  async #tick(): Promise<void> {
    const now = performance.now();
    const isWanted = (runId: string) => this.#viewers.has(runId);
    this.#texts.forgetStill(stillMs, isWanted);
    for (const [runId, until] of this.#elsewhere) if (until < now) this.#elsewhere.delete(runId);
    const runIds = [...this.#viewers.keys()];
    if (runIds.length > 0) await this.#renew(runIds);
  }

  /** A piece that reached another server. */
  #hear(runId: string, piece: Piece): void {
    // Who neither has viewers nor pieces of its own would only fill its memory.
    if (!this.#viewers.has(runId) && !this.#texts.get(runId)) return;
    const { have, grew } = this.#texts.add(runId, piece);
    if (grew) this.#ring(runId);
    else if (have < piece.offset && this.#viewers.has(runId)) this.#askOthers(runId);
  }

  #askOthers(runId: string): void {
    const asked = this.#asked.get(runId);
    if (asked) {
      asked.again = true;
      return;
    }
    const asking = { again: false };
    this.#asked.set(runId, asking);
    this.#gossip.sayWatching(runId, this.#haveOf(runId));
    const over = () => {
      this.#asked.delete(runId);
      if (asking.again && this.#viewers.has(runId)) this.#askOthers(runId);
    };
    setTimeout(over, askMs).unref();
  }

  /** Another server has viewers of the run: it gets what it lacks, and from now on every piece. */
  #answer(runId: string, has: Have): void {
    this.#elsewhere.set(runId, performance.now() + watchedMs);
    const text = this.#texts.get(runId);
    if (!text) return;
    const same = has.attempt === text.attempt && has.block === text.block;
    if (same || has.attempt < text.attempt || (has.attempt === text.attempt && has.block < text.block)) {
      this.#gossip.say(runId, text, same ? has.have : 0);
    }
  }

  #haveOf(runId: string): Have {
    const { attempt = 0, block = 0, text = '' } = this.#texts.get(runId) ?? {};
    return { attempt, block, have: text.length };
  }

  #isWatchedElsewhere(runId: string): boolean {
    return (this.#elsewhere.get(runId) ?? 0) > performance.now();
  }

  #ring(runId: string): void {
    for (const changed of [...(this.#viewers.get(runId) ?? [])]) changed();
  }
}

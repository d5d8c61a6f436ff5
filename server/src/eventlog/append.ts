import { hash } from 'node:crypto';
import { type AppendEvents, type AppendedEvents, type Event, eventDigestInput } from '@agentfleet/contract';
import { numberArray, textArray } from '../db/arrays.js';
import type { Database } from '../db/database.js';
import { ApiError, notFound } from '../errors.js';
import { staleAttempt } from '../queue/finish.js';
import { type InspectedAttempt, inspectAttempt } from '../queue/sql/finish-run.js';
import { runChanged } from '../queue/wake.js';
import { together } from '../together.js';
import type { FreshEvents } from './fresh-events.js';
import { type AppendOutcome, appendEvents, appendWithImages, conflictingEvent } from './sql/append-events.js';
import { type TakenImage, takeImages } from './take-images.js';

/** Appends written at once, and the most bytes of their payloads: what is larger is written by itself. */
const mostTogether = 32;
const mostBytes = 1024 * 1024;

interface Append {
  orgId: string;
  runId: string;
  byRunner: string | null;
  request: AppendEvents;
  /** As they are stored: the images in them are references. */
  events: Event[];
  images: (TakenImage & { seq: number })[];
  first: number;
  last: number;
  /** Of each event, its `data` as JSON text. */
  data: (string | null)[];
  digests: number[];
  /** Of all `data` and images. */
  bytes: number;
}

/** Appends of many runs that come while others are written are written together. */
export class Appender {
  readonly #database: Database;
  readonly #fresh: FreshEvents;
  readonly #leaseMs: number;
  readonly #together: (append: Append) => Promise<AppendOutcome | undefined>;

  /** @param fresh told of what is stored */
  constructor(database: Database, fresh: FreshEvents, leaseMs: number) {
    this.#database = database;
    this.#fresh = fresh;
    this.#leaseMs = leaseMs;
    this.#together = together(
      {
        most: mostTogether,
        // While the database writes one, the next is read and checked.
        atOnce: 2,
        mostBytes,
        bytesOf: ({ bytes }) => bytes,
        partyOf: ({ orgId }) => orgId,
      },
      (appends) => this.#write(appends),
    );
  }

  /** See EventLog.append. */
  async append(
    orgId: string,
    runId: string,
    request: AppendEvents,
    byRunner: string | null,
  ): Promise<AppendedEvents> {
    const { events, token } = request;
    const first = events[0]?.seq ?? 0;
    const last = first + events.length - 1;
    if (events.some((event, index) => event.seq !== first + index)) {
      throw new ApiError('VALIDATION_FAILED', 'events: must be in order of seq, without a gap');
    }
    const append: Append = {
      ...{ orgId, runId, byRunner, request, first, last },
      ...{ events: [], images: [], data: [], digests: [], bytes: 0 },
    };
    for (const event of events) {
      const text = JSON.stringify(event.data);
      // What the runner sent is what it is held against, here and when it has finished.
      append.digests.push(digestOf(eventDigestInput(event, text)));
      append.bytes += text.length;
      const taken = takeImages(runId, event.seq, event.data, text);
      append.events.push(taken ? { ...event, data: taken.data } : event);
      for (const image of taken?.images ?? []) append.images.push({ ...image, seq: event.seq });
      append.data.push(event.data === null ? null : taken ? JSON.stringify(taken.data) : text);
    }
    const outcome = await this.#together(append);
    if (!outcome) {
      const [run] = await this.#database.query<InspectedAttempt>(inspectAttempt, [
        runId,
        orgId,
        token,
        byRunner,
      ]);
      throw run ? staleAttempt(run) : notFound('run');
    }
    const { lastSeq } = outcome;
    if (outcome.back) runChanged(this.#database, orgId, runId);
    if (first > lastSeq + 1) {
      const message = `The log ends at seq ${lastSeq}, the batch begins at ${first}`;
      throw new ApiError('EVENT_GAP', message, { lastSeq });
    }
    if (first <= lastSeq && (await this.#conflicts(append))) {
      throw new ApiError('EVENT_CONFLICT', 'An event with the same seq is stored with other content');
    }
    if (outcome.outcome === 'finished' && last > lastSeq) throw staleAttempt();
    if (last > lastSeq) {
      this.#fresh.note(orgId, runId, lastSeq, append.events, append.bytes);
      this.#database.wakeups.wake(`run:${runId}`);
      this.#database.changes.log(orgId, runId);
    } else if (request.stalled) this.#database.changes.run(orgId, runId);
    return { lastSeq: Math.max(last, lastSeq) };
  }

  /** Whether events that were there before are stored with other content. */
  async #conflicts({ runId, request, digests }: Append): Promise<boolean> {
    const seqs = request.events.map(({ seq }) => seq);
    const asked = [runId, numberArray(seqs), numberArray(digests)];
    return (await this.#database.query(conflictingEvent, asked)).length > 0;
  }

  async #write(appends: Append[]): Promise<(AppendOutcome | undefined)[]> {
    const sorted = [...appends].sort((one, other) => (one.runId < other.runId ? -1 : 1));
    const of = <Value>(pick: (append: Append) => Value) => sorted.map(pick);
    const places: number[] = [];
    const seqs: number[] = [];
    const kinds: string[] = [];
    const messages: string[] = [];
    const times: string[] = [];
    for (const [index, { request }] of sorted.entries()) {
      for (const { seq, kind, message, at } of request.events) {
        places.push(index + 1);
        seqs.push(seq);
        kinds.push(kind);
        messages.push(message);
        times.push(at);
      }
    }
    const images = sorted.flatMap((append, index) =>
      append.images.map((image) => ({ ...image, place: index + 1 })),
    );
    const ofImages = [
      numberArray(images.map(({ place }) => place)),
      numberArray(images.map(({ seq }) => seq)),
      numberArray(images.map(({ index }) => index)),
      textArray(images.map(({ type }) => type)),
      textArray(images.map(({ base64 }) => base64)),
    ];
    const statement = images.length > 0 ? appendWithImages : appendEvents;
    const outcomes = await this.#database.query<AppendOutcome>(statement, [
      of(({ runId }) => runId),
      of(({ orgId }) => orgId),
      of(({ request }) => request.token),
      of(({ first }) => first),
      of(({ last }) => last),
      of(({ request }) => request.agentSessionId ?? null),
      of(({ request }) => request.stalled ?? false),
      numberArray(places),
      numberArray(seqs),
      textArray(kinds),
      textArray(messages),
      textArray(of(({ data }) => data).flat()),
      textArray(times),
      numberArray(of(({ digests }) => digests).flat()),
      this.#leaseMs,
      of(({ byRunner }) => byRunner),
      ...(images.length > 0 ? ofImages : []),
    ]);
    const byAppend = new Map(outcomes.map((outcome) => [sorted[outcome.place - 1], outcome]));
    return appends.map((append) => byAppend.get(append));
  }
}

/** contract/runner-protocol.ts: the first four bytes of SHA-256 as a signed number. As text they cost half of a Buffer. */
const digestOf = (text: string) => Number.parseInt(hash('sha256', text, 'hex').slice(0, 8), 16) | 0;
